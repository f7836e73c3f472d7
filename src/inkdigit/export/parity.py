"""The proof that a network and its ONNX file give the same answers.

In: a Keras model, the bytes of an ONNX file, and images. Out: the largest difference, or an error.
Knows nothing of how the file was made.
"""

import jax
import keras
import numpy as np
import onnxruntime

from inkdigit.errors import BadInput, Disagreement
from inkdigit.export.layers import pixel_scale
from inkdigit.shapes import Float32
from inkdigit.types import Images, Ink

TOLERANCE = 1e-5

Answers = Float32[np.ndarray, "n classes"]
"""A probability for each of ten or eleven classes."""


def check_parity(model: keras.Model, onnx_file: bytes, images: Images, *, tolerance: float = TOLERANCE) -> float:
    """Run Keras and ONNX Runtime on the same images and compare their answers.

    Args:
        model: Takes (28, 28), (28, 28, 1) or (784,) and gives a probability for each class.
        onnx_file: The bytes of the file, input "ink", output "probabilities".
        images: uint8 (n, 28, 28), at least one.
        tolerance: The largest difference allowed, and how far apart the two best digits must be for
            their order to count. Float32 sums in another order differ by about 1e-6.

    Returns:
        The largest difference between two probabilities.

    Raises:
        Disagreement: They differ by more, or an answer is not a number, or the digit is another one.
        BadInput: There are no images.
    """
    if len(images) == 0:
        raise BadInput("cannot compare Keras and ONNX", "images", "expected at least 1, got 0")
    ink = images.astype(np.float32) / 255
    return compare(_run_keras(model, ink), _run_onnx(onnx_file, ink), tolerance=tolerance)


def _run_keras(model: keras.Model, ink: Ink) -> Answers:
    # Compiled whole, 0.07 s for 784-512-512-10 and 0.15 s for a small convnet; called layer by layer, JAX
    # would compile every operation by itself, 0.3 s and 0.7 s. "highest": on a GPU, JAX may otherwise
    # multiply in TF32, which is good for three digits.
    pixels = (ink * pixel_scale(model)).reshape(len(ink), *model.input_shape[1:])
    with jax.default_matmul_precision("highest"):
        return np.asarray(model.predict_on_batch(pixels))


def _run_onnx(onnx_file: bytes, ink: Ink) -> Answers:
    session = onnxruntime.InferenceSession(onnx_file, providers=["CPUExecutionProvider"])
    probabilities: Answers = session.run(["probabilities"], {"ink": ink})[0]
    return probabilities


def compare(ours: Answers, theirs: Answers, *, tolerance: float) -> float:
    """Return the largest difference between two sets of answers to the same images.

    Raises:
        Disagreement: As `check_parity` does.
    """
    difference = float(np.abs(ours - theirs).max())
    if not difference <= tolerance:  # so written, NaN is refused too
        raise Disagreement(
            "Keras and ONNX disagree", "", f"probabilities differ by {difference:.2g}; at most {tolerance:.2g} expected"
        )
    second, best = np.sort(ours, axis=1)[:, -2:].T
    changed = (ours.argmax(axis=1) != theirs.argmax(axis=1)) & (best - second > tolerance)
    if changed.any():
        first = int(changed.argmax())
        classes = f"{ours[first].argmax()} and {theirs[first].argmax()}"
        raise Disagreement("Keras and ONNX disagree", f"image {first}", f"read as {classes}")
    return difference
