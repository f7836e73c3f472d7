"""A picture file -> its pixels, upright, on plain ground.

In: its bytes, and the name that an error calls them. Out: grey or RGB pixels with 8 bits; or a `BadPicture`, one line.
What a file is its content decides, not its name. Knows no format: they stand in `formats`, one entry each. What is
heavy, or not hardened by a decade of strangers' files, is decoded in a process of its own.
"""

from pathlib import Path

from inkdigit.errors import BadPicture
from inkdigit.pictures.formats import ACCEPTED, HEAD, Format, begins_a_picture, format_of, stranger
from inkdigit.pictures.picture import MODEST, Encoded, Limits, Picture

MOST_BYTES = MODEST.bytes


def decode(content: bytes, *, where: object, limits: Limits = MODEST) -> Picture:
    """Decode a file of one of the formats; of several frames the first.

    A 28x28 PNG takes about 40 µs, a JPEG of 12 megapixels 80 ms.

    Args:
        content: The bytes of the file.
        where: The name that an error calls it.
        limits: How large it may be.

    Returns:
        The pixels, as EXIF says they are held; 16 bits are scaled to 8 by /257.

    Raises:
        BadPicture: It is empty, ends early, is damaged, is of another format, or its size is out of bounds.
    """
    return decode_file(Encoded(content, where, limits=limits))


def decode_file(file: Encoded) -> Picture:
    """Decode a file, or one of its pages.

    Args:
        file: Its bytes, or for a document its path, and what is asked for.

    Raises:
        BadPicture: As for `decode`; or there is no such page.
    """
    form = _format_of(file)
    if form.count is None and file.page not in {None, 1}:
        raise BadPicture("no-such-page", file.where, f"has one page, and no page {file.page:,}")
    if form.isolated or file.page not in {None, 1}:
        from inkdigit.pictures.isolated import decode_isolated  # with `subprocess`: 5 ms, which a PNG must not pay

        return decode_isolated(file, form)
    return form.decode(file)


def count_pages(file: Encoded) -> int:
    """How many pages or frames a file has.

    Raises:
        BadPicture: It cannot be opened.
    """
    form = _format_of(file)
    if form.count is None:
        return 1
    from inkdigit.pictures.isolated import count_isolated

    return count_isolated(file, form)


def _format_of(file: Encoded) -> Format:
    content, where = file.content, file.where
    if not content:
        raise BadPicture("empty-file", where, "is empty")
    if isinstance(content, Path):
        content = _start(content, where)
    elif len(content) > file.limits.bytes:
        raise BadPicture("too-large", where, f"{len(content):,} bytes; the limit is {file.limits.bytes:,}")
    form = format_of(content)
    if form is not None:
        return form
    if begins_a_picture(content):
        raise BadPicture("truncated", where, f"ends early (got {len(content)} bytes)")
    raise BadPicture("unsupported-format", where, f"is {stranger(content)}, not {ACCEPTED}")


def _start(path: Path, where: object) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(HEAD)
    except OSError as error:
        raise BadPicture("cannot-open", where, (error.strerror or str(error)).lower()) from error
