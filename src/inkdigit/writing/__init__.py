"""Handwriting and pages that the package makes itself, each with its truth: what the networks of a page learn from."""
