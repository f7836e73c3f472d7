"""The HTTP service: pictures in, the JSON of `read` out. Needs the extra `serve`; loads neither Keras nor JAX.

`app.create_app` is the way in for a program, `inkdigit serve` for a person.
"""
