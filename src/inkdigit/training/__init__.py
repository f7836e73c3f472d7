"""The training stage: recipe, network and digits -> a run directory."""

import os

# Keras reads this when it is first imported.
os.environ.setdefault("KERAS_BACKEND", "jax")
