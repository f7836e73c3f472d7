"""Small files of every format, with the same two-coloured picture in them."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from typing import Any

import numpy as np
from PIL import Image

BOX = (30, 12, 50, 60)
SIZE = (96, 72)


def block(size: tuple[int, int] = SIZE, box: tuple[int, int, int, int] = BOX) -> Image.Image:
    """A dark block on light paper; neither symmetric nor square."""
    picture = Image.new("RGB", size, (230, 225, 235))
    picture.paste((20, 30, 40), box)
    return picture


def encoded(picture: Image.Image, form: str, **options: Any) -> bytes:
    data = io.BytesIO()
    if form == "HEIF":
        import pillow_heif

        pillow_heif.from_pillow(picture).save(data, quality=90, **options)
    else:
        picture.save(data, form, **options)
    return data.getvalue()


def is_block(pixels: np.ndarray, *, paper: int = 230, ink: int = 30) -> bool:
    """Whether the middle of the block is dark and the rest light, at any size."""
    levels = pixels.astype(float) if pixels.ndim == 2 else pixels.mean(axis=2)
    height, width = levels.shape
    left, top, right, bottom = BOX[0] / SIZE[0], BOX[1] / SIZE[1], BOX[2] / SIZE[0], BOX[3] / SIZE[1]
    inside = levels[int((top + 0.05) * height) : int((bottom - 0.05) * height),
                    int((left + 0.05) * width) : int((right - 0.05) * width)]  # fmt: skip
    outside = levels[:, : int((left - 0.05) * width)]
    return bool(abs(inside - ink).max() < 40 and abs(outside - paper).max() < 40)


SVG = (
    b'<?xml version="1.0"?>\n<!-- a block --><svg xmlns="http://www.w3.org/2000/svg" width="96" height="72">'
    b'<rect width="96" height="72" fill="#e6e1eb"/><rect x="30" y="12" width="20" height="48" fill="#141e28"/></svg>'
)


def samples() -> dict[str, bytes]:
    """A file of each format that is decoded in a process of its own."""
    picture = block()
    return {
        "HEIC": encoded(picture, "HEIF"),
        "AVIF": encoded(picture, "AVIF", quality=90),
        "JPEG 2000": encoded(picture, "JPEG2000"),
        "PDF": encoded(picture, "PDF"),
        "SVG": SVG,
        "PPM": encoded(picture, "PPM"),
        "PCX": encoded(picture, "PCX"),
        "ICO": encoded(picture, "ICO", sizes=[SIZE]),
        "PSD": psd(picture),
        "SGI": encoded(picture, "SGI"),
        "QOI": qoi(picture),
        "TGA": encoded(picture, "TGA"),
    }


def psd(picture: Image.Image) -> bytes:
    """A Photoshop file without layers, which Pillow does not write."""
    width, height = picture.size
    planes = np.asarray(picture).transpose(2, 0, 1).tobytes()
    head = b"8BPS\0\x01" + bytes(6) + (3).to_bytes(2, "big") + height.to_bytes(4, "big") + width.to_bytes(4, "big")
    return head + b"\0\x08\0\x03" + bytes(12) + b"\0\0" + planes


def qoi(picture: Image.Image) -> bytes:
    """A QOI file of plain pixels."""
    width, height = picture.size
    pixels = b"".join(b"\xfe" + bytes(pixel) for pixel in np.asarray(picture).reshape(-1, 3))
    return b"qoif" + width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x03\0" + pixels + bytes(7) + b"\x01"


def archives() -> dict[str, bytes]:
    """Archives of two small files."""
    files = {"a.png": encoded(block(), "PNG"), "in/b.txt": b"text " * 99}
    zipped, tarred = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    with tarfile.open(fileobj=tarred, mode="w") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return {
        "zip": zipped.getvalue(),
        "tar": tarred.getvalue(),
        "tar.gz": gzip.compress(tarred.getvalue()),
        "tar.bz2": bz2.compress(tarred.getvalue()),
        "tar.xz": lzma.compress(tarred.getvalue()),
    }
