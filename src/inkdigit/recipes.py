"""The catalogue of networks and how each is trained.

In: a name or a few options. Out: a frozen `Recipe` that says everything about a training but the
data and the seed. Knows nothing of Keras or JAX: `networks` builds the layers, `training` runs it.

The five `mlp-*` recipes with a published figure reproduce five Keras projects layer for layer;
their options are exactly what those projects pass to `compile` and `fit`.
"""

from dataclasses import dataclass, replace
from typing import Literal, get_args

from inkdigit.errors import UsageError

Activation = Literal["relu", "tanh", "sigmoid", "gelu", "elu", "silu"]
OptimizerName = Literal["sgd", "adam", "adamw", "rmsprop"]
Schedule = Literal["constant", "cosine"]
LabelForm = Literal["integer", "one-hot"]
Augmentation = Literal["none", "affine", "elastic", "rigid"]
Precision = Literal["float32", "bfloat16"]

EXPECTED_NO_DIGIT = 0.1
"""Of the shapes that are cut out to be read, how many are no digit: a guess; far more are shown, to learn from."""


@dataclass(frozen=True)
class Recipe:
    """One network and its training.

    Args:
        name: The name in the catalogue, or "custom".
        hidden: Units of each dense hidden layer, first to last.
        convolutions: Blocks before the dense layers, each of 3x3 convolutions with so many filters and, at its
            end, 2x2 max pooling: ((16, 32), (64,)) is conv 16, conv 32, pool, conv 64, pool.
        pooling: Whether there is pooling at the end of each block.
        reject_class: Whether there is an eleventh output, "no digit"; needs data that has such images, as "degraded"
            has.
        activation: Of the hidden layers.
        dropout: Fraction of units dropped after each dense hidden layer, or before the output of a
            convolutional network without hidden layers; 0 <= dropout < 1.
        l2: Weight of the L2 penalty on the kernels of the hidden layers, >= 0.
        optimizer: With Keras' defaults for everything but the learning rate.
        learning_rate: At the start, > 0.
        momentum: Of SGD, 0 <= momentum < 1.
        weight_decay: Of AdamW, per step relative to the learning rate, >= 0.
        schedule: "constant", or "cosine" from `learning_rate` down to 0 over all steps.
        labels: The form of the labels the loss is given; the same number, two ways to write it.
        batch_size: Images per step.
        epochs: Passes over the training images.
        augment: "affine" turns, scales, shears and shifts every image afresh; "elastic" also bends it;
            "rigid" turns it up to 20 degrees and moves it up to 6 pixels, without interpolation.
        augment_strength: Of the augmentation, which turns, shifts and bends so many times as far;
            0 <= augment_strength < 10.
        thickness: Share of the other images whose strokes become thinner or thicker, 0 <= thickness < 1.
        p_identity: Share of the images that the augmentation leaves as they are, 0 <= p_identity < 1. What is
            distorted is smoother than what is not, and a network that never saw the latter reads it worse.
        normalise: Whether every hidden layer is batch-normalised while training; afterwards it is part of the weights.
        adversarial: Every image is also shown after a step of this length, in ink over all pixels, in the
            direction that raises its loss most; half of the loss comes from it. 0 for none; below 10.
        precision: Of the factors of the matrix products: "bfloat16" is two to three times as fast on a processor
            with AMX (the layers of `mlp-best`), and as fast as "float32" elsewhere.
        half: Whether the trained kernels are rounded to float16, so that the ONNX file holds them exactly in half
            the bytes; everything is measured with them as they are there.
        published: What the source of the recipe reports for the test images.
    """

    name: str
    hidden: tuple[int, ...]
    convolutions: tuple[tuple[int, ...], ...] = ()
    pooling: bool = True
    reject_class: bool = False
    activation: Activation = "relu"
    dropout: float = 0.0
    l2: float = 0.0
    optimizer: OptimizerName = "adam"
    learning_rate: float = 0.001
    momentum: float = 0.0
    weight_decay: float = 0.0
    schedule: Schedule = "constant"
    labels: LabelForm = "integer"
    batch_size: int = 32
    epochs: int = 5
    augment: Augmentation = "none"
    augment_strength: float = 1.0
    thickness: float = 0.0
    p_identity: float = 0.0
    normalise: bool = False
    adversarial: float = 0.0
    precision: Precision = "float32"
    half: bool = False
    published: str = ""

    def __post_init__(self) -> None:
        for name, value, allowed in (
            ("--activation", self.activation, get_args(Activation)),
            ("--optimizer", self.optimizer, get_args(OptimizerName)),
            ("--schedule", self.schedule, get_args(Schedule)),
            ("--labels", self.labels, get_args(LabelForm)),
            ("--augment", self.augment, get_args(Augmentation)),
            ("--precision", self.precision, get_args(Precision)),
        ):
            if value not in allowed:
                raise UsageError("no such choice", name, f"got {value}", hint=f"choose one of {', '.join(allowed)}")
        _check_range("--learning-rate", self.learning_rate, above=0, below=100)
        _check_range("--dropout", self.dropout, at_least=0, below=1)
        _check_range("--augment-strength", self.augment_strength, at_least=0, below=10)
        _check_range("--thickness", self.thickness, at_least=0, below=1)
        _check_range("--p-identity", self.p_identity, at_least=0, below=1)
        _check_range("--adversarial", self.adversarial, at_least=0, below=10)
        _check_range("--l2", self.l2, at_least=0, below=100)
        _check_range("--momentum", self.momentum, at_least=0, below=1)
        _check_range("--weight-decay", self.weight_decay, at_least=0, below=100)
        _check_range("--batch-size", self.batch_size, at_least=1, below=60_001)
        _check_range("--epochs", self.epochs, at_least=1, below=100_001)
        if len(self.hidden) > 16 or _side(self) < 1:
            why = "at most 16 dense layers, and convolutions that leave a pixel"
            raise UsageError("too many layers", "--hidden", why)
        for units in (*self.hidden, *self.filters):
            _check_range("--hidden", units, at_least=1, below=20_001)

    @property
    def filters(self) -> tuple[int, ...]:
        """The filters of every convolution, block after block."""
        return tuple(filters for block in self.convolutions for filters in block)

    @property
    def augmentation(self) -> str:
        """The augmentation in a few words, "" for none: "elastic 0.7, thickness 50 %, 30 % unchanged"."""
        if self.augment == "none":
            return ""
        strength = f" {self.augment_strength:g}" if self.augment_strength != 1 else ""
        thickness = f", thickness {100 * self.thickness:g} %" if self.thickness else ""
        unchanged = f", {100 * self.p_identity:g} % unchanged" if self.p_identity else ""
        return self.augment + strength + thickness + unchanged

    @property
    def data(self) -> str:
        """What it learns from unless it is told otherwise: "degraded" where it must see what is no digit."""
        return "degraded" if self.reject_class else "mnist"

    @property
    def classes(self) -> int:
        """The number of outputs: ten digits, and "no digit" where the network can reject."""
        return 11 if self.reject_class else 10


def _side(recipe: Recipe) -> int:
    """Pixels of a side that are left of 28 after the convolutions; 0 or less if nothing is."""
    side = 28
    for block in recipe.convolutions:
        side = (side - 2 * len(block)) // (2 if recipe.pooling else 1)
    return side


def _check_range(
    name: str, value: float, *, at_least: float | None = None, above: float | None = None, below: float
) -> None:
    """Refuse a number outside [at_least, below) or (above, below); NaN is outside of everything."""
    low = at_least if at_least is not None else above
    inside = low is not None and (value >= low if at_least is not None else value > low) and value < below
    if not inside:
        sign = "from" if at_least is not None else "above"
        raise UsageError(
            "value out of range", name, f"got {value}", hint=f"give a number {sign} {low} and below {below}"
        )


CATALOGUE: tuple[Recipe, ...] = (
    Recipe("mlp-128-sgd", (128,), optimizer="sgd", learning_rate=0.01, labels="one-hot", published="about 91.5 %"),
    Recipe("mlp-128", (128,), published="97-98 %"),
    Recipe("mlp-128x2", (128, 128), l2=0.002, epochs=10, published="about 96 %"),
    Recipe("mlp-256x2", (256, 256), labels="one-hot", epochs=10, published='"high accuracy"'),
    Recipe("mlp-512x2-dropout", (512, 512), dropout=0.2, optimizer="rmsprop", batch_size=128, epochs=50,
           published="97.26 %"),
    Recipe("cnn-small", (), convolutions=((32,), (64,)), dropout=0.5, batch_size=128, epochs=12,
           published="about 99 %"),
    Recipe("mlp-quick", (256,), learning_rate=0.005, schedule="cosine", batch_size=128, epochs=3),
    Recipe("cnn-quick", (64,), convolutions=((16,), (32, 32)), learning_rate=0.004, schedule="cosine",
           batch_size=32, epochs=1, normalise=True, precision="bfloat16"),
    Recipe("mlp-plain", (1200, 1200), dropout=0.3, optimizer="adamw", weight_decay=0.05, schedule="cosine",
           batch_size=256, epochs=40, adversarial=1.5, precision="bfloat16", half=True),
    Recipe("mlp-best", (2000, 1500, 1000), optimizer="adamw", learning_rate=0.0012, weight_decay=0.05,
           schedule="cosine", batch_size=512, epochs=500, augment="elastic", precision="bfloat16",
           half=True),
    Recipe("cnn-best", (256,), convolutions=((16, 32), (64, 96)), dropout=0.3, optimizer="adamw",
           learning_rate=0.002, weight_decay=0.05, schedule="cosine", batch_size=128, epochs=40,
           augment="elastic", augment_strength=0.7, p_identity=0.3, normalise=True, precision="bfloat16", half=True),
    Recipe("cnn-deep", (), convolutions=((32, 48, 64), (96, 128, 160)), dropout=0.3, optimizer="adamw",
           learning_rate=0.002, weight_decay=0.05, schedule="cosine", batch_size=128, epochs=40,
           augment="elastic", augment_strength=0.85, p_identity=0.3, normalise=True, precision="bfloat16", half=True),
    Recipe("cnn-m3", (), convolutions=((32, 48, 64, 80, 96, 112, 128, 144, 160, 176),), pooling=False,
           optimizer="adamw", learning_rate=0.002, weight_decay=0.05, schedule="cosine", batch_size=128, epochs=80,
           augment="rigid", normalise=True, precision="bfloat16", half=True),
    Recipe("reader", (160,), convolutions=((32,), (64, 96)), reject_class=True, dropout=0.2, optimizer="adamw",
           learning_rate=0.002, weight_decay=0.02, schedule="cosine", batch_size=128, epochs=8,
           augment="elastic", augment_strength=0.4, p_identity=0.3, normalise=True, precision="bfloat16"),
    Recipe("reader-mlp", (384, 128), reject_class=True, dropout=0.1, optimizer="adamw", learning_rate=0.002,
           weight_decay=0.02, schedule="cosine", batch_size=256, epochs=20),
)  # fmt: skip

RECIPES: dict[str, Recipe] = {recipe.name: recipe for recipe in CATALOGUE}


def find(name: str) -> Recipe:
    """Return the recipe of that name.

    Raises:
        UsageError: No recipe has that name.

    >>> find("mlp-128").hidden
    (128,)
    """
    if name not in RECIPES:
        from difflib import get_close_matches

        near = get_close_matches(name, RECIPES, n=1)
        hint = f"did you mean {near[0]}?" if near else '"inkdigit recipes" lists all'
        raise UsageError("no such recipe", name, hint=hint)
    return RECIPES[name]


def change(recipe: Recipe, **options: object) -> Recipe:
    """Return `recipe` with every option that is not None replaced.

    A recipe that differs is called "mlp-128*"; one with other layers is called by them, "mlp-300-100".

    Raises:
        UsageError: A value is outside its range, or says how to augment where nothing is augmented.
    """
    given = {key: value for key, value in options.items() if value is not None and value != getattr(recipe, key)}
    if not given:
        return recipe
    changed = replace(recipe, name=f"{recipe.name}*", published="", **given)  # type: ignore[arg-type]
    idle = [f"--{key.replace('_', '-')}" for key in ("augment_strength", "thickness", "p_identity") if given.get(key)]
    if idle and changed.augment == "none":
        raise UsageError("nothing to change", " ".join(idle), "no image is augmented",
                         hint="give --augment affine, elastic or rigid as well")  # fmt: skip
    if "hidden" not in given:
        return changed
    parts = ("cnn" if changed.convolutions else "mlp", *changed.filters, *changed.hidden)
    return replace(changed, name="-".join(map(str, parts)))


def parameter_count(recipe: Recipe) -> int:
    """Count the trained weights of a recipe without building it.

    >>> parameter_count(find("cnn-small"))
    34826
    """
    total, channels = 0, 1
    for filters in recipe.filters:
        total += 9 * channels * filters + filters
        channels = filters
    width = _side(recipe) ** 2 * channels
    for units in (*recipe.hidden, recipe.classes):
        total += width * units + units
        width = units
    return total
