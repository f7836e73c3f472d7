"""The formats of a network: into each kind of model file, and out of it."""

import os

# Keras reads this once, when it is imported; some modules of this stage import it.
os.environ.setdefault("KERAS_BACKEND", "jax")
