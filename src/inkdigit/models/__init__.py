"""Models: whatever a user names -> one that answers."""
