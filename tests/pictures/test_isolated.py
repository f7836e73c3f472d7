"""The formats that are decoded in a process of its own, and what happens when one of their decoders fails."""

import numpy as np
import pytest

from inkdigit.errors import BadPicture
from inkdigit.pictures import isolated
from inkdigit.pictures.decode import decode
from inkdigit.pictures.formats import FORMATS
from inkdigit.pictures.picture import LARGE
from inkdigit.worker import Message, WorkerFailed
from pictures.samples import block, encoded, is_block, samples

SAMPLES = samples()


def test_there_is_a_sample_of_each_format() -> None:
    assert set(SAMPLES) == {form.name for form in FORMATS if form.isolated}


@pytest.mark.parametrize("name", SAMPLES)
def test_every_format_gives_its_pixels(name: str) -> None:
    picture = decode(SAMPLES[name], where=name)
    assert picture.note is None
    assert is_block(picture.pixels)
    height, width = (round(side * picture.scale) for side in picture.pixels.shape[:2])
    assert name == "PDF" or (width, height) == (96, 72)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_file_that_ends_early_is_refused(name: str) -> None:
    content = SAMPLES[name][: len(SAMPLES[name]) * 2 // 3]
    with pytest.raises(BadPicture) as caught:
        decode(content, where=name)
    assert caught.value.code in {"truncated", "unreadable-image"}


@pytest.mark.parametrize(
    ("mode", "form", "options"),
    [
        ("L", "PPM", {}),
        ("1", "PPM", {}),
        ("I;16", "PPM", {}),
        ("L", "TGA", {}),
        ("RGBA", "TGA", {"compression": "tga_rle"}),
        ("P", "TGA", {}),
        ("L", "JPEG2000", {"no_jp2": True}),
        ("L", "HEIF", {}),
        ("RGBA", "AVIF", {}),
        ("1", "PCX", {}),
        ("L", "SGI", {}),
    ],
)
def test_their_other_kinds(mode: str, form: str, options: dict[str, object]) -> None:
    picture = block()
    if mode == "I;16":
        from PIL import Image

        picture = Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 257)
    else:
        picture = picture.convert("L").point(lambda level: 255 if level > 128 else 0) if mode == "1" else picture
        picture = picture.convert(mode)
    pixels = decode(encoded(picture, form, **options), where=form).pixels
    assert is_block(pixels, paper=255, ink=0) if mode == "1" else is_block(pixels)


def test_an_alpha_channel_that_is_unused_hides_nothing() -> None:
    picture = block().convert("RGBA")
    picture.putalpha(0)
    assert is_block(decode(encoded(picture, "TGA"), where="").pixels)


def test_a_large_picture_is_decoded_smaller() -> None:
    large = block((6000, 4500), (1875, 750, 3125, 3750)).convert("L")
    for form in ("PPM", "JPEG2000"):
        picture = decode(encoded(large, form), where=form, limits=LARGE)
        assert (picture.pixels.shape, picture.scale) == ((2250, 3000), 2)
        assert is_block(picture.pixels)
    with pytest.raises(BadPicture, match=r"6,000x4,500 pixels; the limit is 16,777,216"):
        decode(encoded(large, "JPEG2000"), where="a.jp2")


# -- failures


class Failing:
    """A worker that answers as it is told."""

    def __init__(self, answer: Message | Exception) -> None:
        self.answer = answer

    def ask(self, request: Message, *, seconds: float) -> Message:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (WorkerFailed("took longer than 10 s"), "decoding it took longer than 10 s"),
        (WorkerFailed("crashed, or needs more than 600 MB"), "decoding it crashed, or needs more than 600 MB"),
        (Message({}), "makes no sense"),
        (Message({"shape": [9, 9], "note": None, "scale": 1.0}, bytes(80)), "makes no sense"),
        (Message({"shape": [9, 3, 3], "note": 7, "scale": 1.0}, bytes(81)), "makes no sense"),
        (Message({"shape": [9, 3, 3], "note": None, "scale": "x"}, bytes(81)), "makes no sense"),
        (Message({"shape": [9, 9], "note": None, "scale": float("nan")}, bytes(81)), "makes no sense"),
        (Message({"shape": [9, 3, 3, 1], "note": None, "scale": 1.0}, bytes(81)), "makes no sense"),
        (Message({"shape": "nine", "note": None, "scale": 1.0}, bytes(81)), "makes no sense"),
        (Message({"shape": [0, 9], "note": None, "scale": 1.0}), "makes no sense"),
    ],
)
def test_a_decoder_that_fails_costs_one_picture(
    monkeypatch: pytest.MonkeyPatch, answer: Message | Exception, why: str
) -> None:
    monkeypatch.setattr(isolated, "WORKER", Failing(answer))
    with pytest.raises(BadPicture, match=why) as caught:
        decode(SAMPLES["PPM"], where="a.ppm")
    assert caught.value.code == "unreadable-image"


@pytest.mark.parametrize("count", [None, 0, -1, "3", 1.5])
def test_a_number_of_pages_that_makes_no_sense(monkeypatch: pytest.MonkeyPatch, count: object) -> None:
    monkeypatch.setattr(isolated, "WORKER", Failing(Message({"count": count})))
    from inkdigit.pictures.decode import count_pages
    from inkdigit.pictures.picture import Encoded

    with pytest.raises(BadPicture, match="has no pages"):
        count_pages(Encoded(SAMPLES["PDF"], "a.pdf"))


def test_a_process_that_was_ended_is_replaced() -> None:
    decode(SAMPLES["PPM"], where="")
    process = isolated.WORKER._process
    assert process is not None
    process.kill()
    process.wait()
    assert is_block(decode(SAMPLES["PPM"], where="").pixels)
