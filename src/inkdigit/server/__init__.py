"""The HTTP service: pictures in, the JSON of `read` out. Needs the extra `serve`; loads neither Keras nor JAX."""
