"""Keras, on JAX unless the environment names another backend: the one place that imports it and that decides this."""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")  # Keras reads it when it is first imported

import keras as keras
