"""ONNX Runtime, which tells nobody about its use: the one place that imports it.

Since version 1.31 it collects telemetry unless the environment says otherwise before it is imported, and complains on
stderr where it finds no home folder to keep an identifier in.
"""

import os

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime as onnxruntime
