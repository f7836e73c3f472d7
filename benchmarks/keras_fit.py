"""The yardstick: what a notebook does, Keras' `fit` on TensorFlow, for the same recipes.

    python keras_fit.py RECIPE MNIST_FOLDER --epochs N        in an environment with tensorflow-cpu

Knows nothing of inkdigit. Prints one JSON object: seconds of import, fit and process, test accuracy.
"""

import argparse
import gzip
import json
import os
import time
from pathlib import Path
from typing import Any

STARTED = time.perf_counter()
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras  # the backend is read once, at import
import numpy as np
from keras import layers

IMPORTED = time.perf_counter()


def main() -> None:
    """Train and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--epochs", type=int, default=5)
    options = parser.parse_args()
    model, batch, one_hot = build(options.recipe)
    (x, y), (x_test, y_test) = (read(options.folder, part, one_hot) for part in ("train", "t10k"))
    began = time.perf_counter()
    model.fit(x, y, batch_size=batch, epochs=options.epochs, verbose=0)
    fitted = time.perf_counter()
    _, accuracy = model.evaluate(x_test, y_test, batch_size=1000, verbose=0)
    print(
        json.dumps(
            {
                "recipe": options.recipe,
                "backend": keras.backend.backend(),
                "epochs": options.epochs,
                "import_s": round(IMPORTED - STARTED, 2),
                "fit_s": round(fitted - began, 2),
                "process_s": round(time.perf_counter() - STARTED, 2),
                "test_accuracy": round(float(accuracy), 4),
            }
        )
    )


def build(name: str) -> tuple[Any, int, bool]:
    """The compiled network of a recipe, its batch size, and whether its labels are one-hot."""
    penalty = keras.regularizers.L2(0.002)
    hidden, optimizer, batch, one_hot = {
        "mlp-128-sgd": ([layers.Dense(128, "relu")], "sgd", 32, True),
        "mlp-128": ([layers.Dense(128, "relu")], "adam", 32, False),
        "mlp-128x2": ([layers.Dense(128, "relu", kernel_regularizer=penalty) for _ in range(2)], "adam", 32, False),
        "mlp-256x2": ([layers.Dense(256, "relu") for _ in range(2)], "adam", 32, True),
        "mlp-512x2-dropout": (
            [layer for _ in range(2) for layer in (layers.Dense(512, "relu"), layers.Dropout(0.2))],
            "rmsprop", 128, False,
        ),
        "cnn-small": (
            [
                layers.Reshape((28, 28, 1)), layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(),
                layers.Conv2D(64, 3, activation="relu"), layers.MaxPooling2D(), layers.Flatten(), layers.Dropout(0.5),
            ], "adam", 128, False,
        ),
    }[name]  # fmt: skip
    first = [] if name == "cnn-small" else [layers.Flatten()]
    model = keras.Sequential([layers.Input((28, 28)), *first, *hidden, layers.Dense(10, "softmax")])
    form = "categorical_crossentropy" if one_hot else "sparse_categorical_crossentropy"
    model.compile(optimizer, form, metrics=["accuracy"])
    return model, batch, one_hot


def read(folder: Path, part: str, one_hot: bool) -> tuple[Any, Any]:
    """Ink 0..1 and labels of one part."""
    with gzip.open(folder / f"{part}-images-idx3-ubyte.gz") as file:
        images = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 28, 28)
    with gzip.open(folder / f"{part}-labels-idx1-ubyte.gz") as file:
        labels = np.frombuffer(file.read(), np.uint8, offset=8)
    return (images / 255.0).astype("float32"), keras.utils.to_categorical(labels) if one_hot else labels


if __name__ == "__main__":
    main()
