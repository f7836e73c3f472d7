"""The formats of a network: into each kind of model file, and out of it."""
