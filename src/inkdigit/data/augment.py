"""New versions of a digit, made while training: turned, scaled, sheared, shifted, bent, drawn with other pens.

In: ink (batch, 28, 28) and a random key. Out: ink of the same shape, every image changed in its own
way. Runs inside the compiled epoch, so nothing here may depend on the values. Knows nothing of labels:
the changes are small enough that a 6 never becomes a 9.

Method: random affine maps and a smooth random displacement field, after Simard, Steinkraus & Platt,
"Best practices for convolutional neural networks applied to visual document analysis" (2003); the
field is a coarse 7x7 grid of random vectors, enlarged by cubic interpolation. Strokes become thinner or thicker, as
in Castro et al., "Morpho-MNIST" (2019), by smoothing and cutting at another level, which leaves their edges as sharp
as MNIST's: interpolation alone blurs them.

Rigid motions, after An et al., "An ensemble of simple convolutional neural network models for MNIST digit recognition"
(2020): by whole pixels and without interpolation, so they look like MNIST's, only elsewhere and askew.
"""

from functools import cache
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from inkdigit.shapes import Float32

Kind = Literal["affine", "elastic", "rigid"]

SIDE = 28
CENTRE = (SIDE - 1) / 2
COARSE = 7

ROTATION = 0.22  # radians, about 12.6 degrees either way
SCALE = 0.14  # factor between 0.86 and 1.14, each axis on its own
SHEAR = 0.25  # columns moved per row
SHIFT = 1.6  # pixels either way
BEND = 0.9  # standard deviation of the coarse displacement vectors, pixels
TURN, MOVE = 0.349, 5.6  # of rigid motions: 20 degrees and a fifth of the frame, either way
LEVELS = (0.27, 0.67)  # of smoothed ink, where an edge is put: from 0.5 pixels outside of where it was to 0.3 inside
STEEPNESS = 2.0  # of the new edge, from paper to ink; at the least level above, paper is still paper


def augment(
    ink: Array,
    key: Array,
    *,
    kind: Kind,
    strength: float = 1.0,
    thickness: float = 0.0,
    p_identity: float = 0.0,
) -> Array:
    """Change the images of a batch, each in its own random way.

    Args:
        ink: float32 (batch, 28, 28) in 0..1.
        key: A JAX random key.
        kind: "affine", "elastic", which bends them as well, or "rigid", which turns and moves them further.
        strength: By which every range is multiplied; 0 moves nothing.
        thickness: Share of the images, drawn anew, whose strokes become thinner or thicker; 0 to 1.
        p_identity: Share of the images, drawn anew, that stay as they are; 0 to 1.

    Returns:
        float32 (batch, 28, 28) in 0..1; what leaves the frame is gone, what enters is paper.
    """
    changed = _moved(ink, key, kind, strength)
    if thickness:
        share_key, level_key = jax.random.split(jax.random.fold_in(key, 2))
        changed = jnp.where(_some(share_key, ink, thickness), _redrawn(changed, level_key), changed)
    return jnp.where(_some(jax.random.fold_in(key, 1), ink, p_identity), ink, changed) if p_identity else changed


def _moved(ink: Array, key: Array, kind: Kind, strength: float) -> Array:
    """Move what is in the images, each in its own way."""
    here, elsewhere = jax.random.split(key)
    match kind:
        case "affine":
            return jax.vmap(_sample)(ink, _affine_places(here, len(ink), strength))
        case "elastic":
            bent = strength * _displacements(elsewhere, len(ink))
            return jax.vmap(_sample)(ink, _affine_places(here, len(ink), strength) + bent)
        case "rigid":
            return jax.vmap(_nearest)(ink, _rigid_places(here, len(ink), strength))


def _some(key: Array, ink: Array, share: float) -> Array:
    """Choose about this share of the images: bool (batch, 1, 1)."""
    return jax.random.bernoulli(key, share, (len(ink), 1, 1))


def _affine_places(key: Array, n: int, strength: float) -> Array:
    """Where each pixel of the new images comes from: (n, 2, 28, 28), rows then columns, in pixels."""
    r = jax.random.uniform(key, (6, n), minval=-strength, maxval=strength)
    angle, shear = ROTATION * r[0], SHEAR * r[1]
    height, width = jnp.exp(SCALE * r[2]), jnp.exp(SCALE * r[3])
    cos, sin = jnp.cos(angle), jnp.sin(angle)
    matrix = jnp.stack([height * cos, -width * sin, height * (sin + shear * cos), width * (cos - shear * sin)])
    row, column = _from_centre()
    a, b, c, d = matrix[:, :, None, None]  # (n, 1, 1) each, against (28, 28): a map of the plane per image
    shift = SHIFT * r[4:, :, None, None]
    return jnp.stack([a * row + b * column + shift[0], c * row + d * column + shift[1]], axis=1) + CENTRE


def _rigid_places(key: Array, n: int, strength: float) -> Array:
    """Where each pixel of images that are turned, then moved by whole pixels, comes from: (n, 2, 28, 28)."""
    r = jax.random.uniform(key, (3, n), minval=-strength, maxval=strength)
    cos, sin = (f(TURN * r[0])[:, None, None] for f in (jnp.cos, jnp.sin))
    row, column = (axis - far for axis, far in zip(_from_centre(), jnp.round(MOVE * r[1:, :, None, None]), strict=True))
    # Moved first, then turned: this is the way back, from the new image to the old one.
    return jnp.stack([cos * row - sin * column, sin * row + cos * column], axis=1) + CENTRE


def _from_centre() -> list[Array]:
    """How far each pixel is from the centre, down and to the right: (28, 28) each."""
    return [axis - CENTRE for axis in jnp.meshgrid(jnp.arange(28.0), jnp.arange(28.0), indexing="ij")]


def _displacements(key: Array, n: int) -> Array:
    """Smooth random vectors, (n, 2, 28, 28) in pixels."""
    coarse = BEND * jax.random.normal(key, (n, 2, COARSE, COARSE))
    enlarge = jnp.asarray(_enlargement())
    return jnp.einsum("ri,ncij,sj->ncrs", enlarge, coarse, enlarge)


@cache
def _enlargement() -> Float32[np.ndarray, "28 7"]:
    """Cubic (Catmull-Rom) interpolation from 7 grid points to 28 pixels, as a matrix; rows add up to 1."""
    matrix = np.zeros((SIDE, COARSE), np.float32)
    for pixel in range(SIDE):
        place = pixel * (COARSE - 1) / (SIDE - 1)
        for point in range(int(place) - 1, int(place) + 3):
            matrix[pixel, np.clip(point, 0, COARSE - 1)] += _catmull_rom(abs(place - point))
    return matrix


def _catmull_rom(distance: float) -> float:
    if distance < 1:
        return 1.5 * distance**3 - 2.5 * distance**2 + 1
    if distance < 2:
        return -0.5 * distance**3 + 2.5 * distance**2 - 4 * distance + 2
    return 0.0


def _sample(image: Array, places: Array) -> Array:
    """Read one image (28, 28) at `places` (2, 28, 28) by bilinear interpolation; outside is paper."""
    # A margin of one pixel of paper, and every place outside moved onto it: then all four neighbours are there, which
    # the reads below promise to XLA.
    padded = jnp.pad(image, 1)
    row, column = jnp.clip(places + 1.0, 0.0, SIDE + 0.999)
    top, left = jnp.floor(row), jnp.floor(column)
    down, right = row - top, column - left
    flat, first = padded.reshape(-1), (top * (SIDE + 2) + left).astype(jnp.int32)

    def at(offset: int) -> Array:
        return flat.at[first + offset].get(mode="promise_in_bounds")

    below = SIDE + 2
    upper = at(0) * (1 - right) + at(1) * right
    lower = at(below) * (1 - right) + at(below + 1) * right
    return upper * (1 - down) + lower * down


def _nearest(image: Array, places: Array) -> Array:
    """Read one image (28, 28) at the pixels nearest to `places` (2, 28, 28); outside is paper."""
    row, column = jnp.clip(jnp.round(places + 1.0), 0, SIDE + 1).astype(jnp.int32)
    return jnp.pad(image, 1).reshape(-1).at[row * (SIDE + 2) + column].get(mode="promise_in_bounds")


def _redrawn(ink: Array, key: Array) -> Array:
    """Draw every image anew with strokes up to 0.9 pixels thicker or 0.7 thinner, their edges sharp."""
    low, high = LEVELS
    level = jax.random.uniform(key, (len(ink), 1, 1), minval=low, maxval=high)
    padded = jnp.pad(ink, ((0, 0), (1, 1), (1, 1)))
    # Softened by 1 2 1 along the rows and along the columns, an edge rises evenly over three pixels; where it is cut
    # off decides how far the stroke reaches.
    rows = (padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]) / 4
    smooth = (rows[:, :, :-2] + 2 * rows[:, :, 1:-1] + rows[:, :, 2:]) / 4
    return jnp.clip(STEEPNESS * (smooth - level) + 0.5, 0.0, 1.0)
