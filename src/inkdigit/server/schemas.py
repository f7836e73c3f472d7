"""What goes in and out as JSON, as Pydantic models: they validate what comes, and FastAPI describes both with them."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from inkdigit.server.problems import STATUS
from inkdigit.types import Line

Fraction = Annotated[float, Field(ge=0, le=1)]
File = Annotated[str, Field(description='The name that came with the picture, else "picture"; a label and no more.')]
Note = Annotated[str | None, Field(description='What to know of the picture, "blank" for instance.')]


class Exact(BaseModel):
    """A record with these fields and no other."""

    model_config = ConfigDict(extra="forbid")


class Page(Exact):
    """Every number of a picture; `rotation` is how far it was turned clockwise to be read."""

    file: File
    rotation: Literal[0, 90, 180, 270]
    note: Note
    lines: list[Line]


class Reading(Exact):
    """The one digit of a picture; null where it is blank. The probabilities add up to that of its being a digit."""

    file: File
    digit: Annotated[int, Field(ge=0, le=9)] | None
    confidence: Fraction
    unsure: bool
    probabilities: Annotated[list[Fraction], Field(min_length=10, max_length=10)] | None
    note: Note


class Failure(Exact):
    """A picture of several that could not be read, and why."""

    file: File
    error: dict[Literal["code", "message"], str]


class Results(Exact):
    """The answers for several pictures, or for the digits of `classify`, in their order."""

    results: list[Page | Reading | Failure]


class EncodedPicture(Exact):
    """A picture in JSON."""

    image: Annotated[str, Field(description="Base64 (RFC 4648, section 4: padded, no line breaks), or its data: URL.")]


Pixel = Annotated[float, Field(strict=True, ge=0, le=255, allow_inf_nan=False)]
Row = Annotated[list[Pixel], Field(min_length=28, max_length=28, fail_fast=True)]
Square = Annotated[list[Row], Field(min_length=28, max_length=28, fail_fast=True)]
Flat = Annotated[list[Pixel], Field(min_length=784, max_length=784, fail_fast=True)]
SOME = Field(min_length=1, max_length=10_000, fail_fast=True)


class Frames(Exact):
    """Digits framed as MNIST's are, 28 rows of 28 numbers or 784 each: 0 paper, 1 ink, or 255 if any is above 1."""

    images: Annotated[list[Square], SOME] | Annotated[list[Flat], SOME]


class Model(Exact):
    """The model that answers: what its card says, and the digest of its file."""

    name: str
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    version: Annotated[str, Field(description="Of inkdigit.")]
    card: Annotated[dict[str, object], Field(description="See the documentation of models.")]


class Problem(Exact):
    """Why a request was refused: RFC 9457."""

    model_config = ConfigDict(json_schema_extra={"x-problems": dict(STATUS)})
    type: Annotated[str, Field(description="/problems/ and a code; it leads to what the code means.")]
    title: str
    status: Annotated[int, Field(ge=400, le=599)]
    detail: str
    request_id: Annotated[str, Field(pattern="^[A-Za-z0-9._-]{1,64}$")]
    pointer: Annotated[str, Field(description="Where in a JSON body: RFC 6901.")] = ""
