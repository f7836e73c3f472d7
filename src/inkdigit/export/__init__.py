"""The export stage: a trained network -> files that other programs open, proven equal."""

import os

# Keras reads this once, when it is imported; every module of this stage imports it.
os.environ.setdefault("KERAS_BACKEND", "jax")
