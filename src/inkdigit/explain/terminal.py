"""An explanation as lines of a terminal: coloured half blocks, or plain signs that any terminal and file can hold.

In: an explanation. Out: lines, with styles where coloured. Blocks stand side by side while the width allows.
Prints nothing, and does not know what it is printed on.
"""

import textwrap

import numpy as np
from rich.text import Text

from inkdigit.explain.colours import AGAINST, FOR, Colour, ink_on_paper, strength, tinted
from inkdigit.explain.explanation import Explanation
from inkdigit.explain.neighbours import Neighbour
from inkdigit.explain.words import figure, sentences, verdict
from inkdigit.shapes import Float32, UInt8

RAMP = " .:-=+*#%@"
BAR = 10
OTHER = (128, 134, 150)
"""The bars of the digits that it was not read as, on a light terminal and a dark one."""

GAP = 2
"""Columns between two blocks; frame, map and bars then need 79."""

CLEAR = 0.25
"""Share of the greatest influence from which plain signs say for or against."""

FAINT = 0.15
"""Ink below which a plain cell is paper."""

Block = list[Text]


def lines(explanation: Explanation, *, coloured: bool, width: int = 80) -> list[Text]:
    """Lay an explanation out.

    Args:
        explanation: What to show.
        coloured: Half blocks with colours; else ASCII signs without.
        width: Columns; from 29 on nothing is cut.
    """
    blocks = [
        _titled("what the network saw", _picture(explanation.frame, coloured)),
        _titled("the ink that decided", _map(explanation, coloured)),
        _titled("how likely each is", _bars(explanation, coloured)),
    ]
    words = [Text(line, "bold" if coloured else "") for line in textwrap.wrap(verdict(explanation), width)]
    words += [Text(line) for sentence in sentences(explanation) for line in textwrap.wrap(sentence, width)]
    found = [*_beside(blocks, width), Text(), *words]
    if explanation.nearest:
        thumbnails = [_thumbnail(one, coloured) for one in explanation.nearest]
        title = textwrap.wrap("nearest training digits: label, distance", width)
        found += [Text(), *map(Text, title), *_beside(thumbnails, width)]
    return found


def _titled(title: str, block: Block) -> Block:
    return [Text(title), *block]


def _beside(blocks: list[Block], width: int) -> list[Text]:
    """Place blocks side by side, in as many bands as the width asks for."""
    bands: list[list[Block]] = []
    free = 0
    for block in blocks:
        wide = _width(block)
        if not bands or wide + GAP > free:
            bands.append([])
            free = width + GAP
        bands[-1].append(block)
        free -= wide + GAP
    found: list[Text] = []
    for band in bands:
        found += [Text()] if found else []
        found += [_row(band, row) for row in range(max(map(len, band)))]
    return found


def _row(band: list[Block], row: int) -> Text:
    """One line across the blocks of a band."""
    line = Text()
    for block in band:
        before = line.cell_len
        line.append_text(block[row] if row < len(block) else Text())
        if block is not band[-1]:
            line.append(" " * (_width(block) + GAP - (line.cell_len - before)))
    return line


def _width(block: Block) -> int:
    return max(line.cell_len for line in block)


def _picture(frame: Float32[np.ndarray, "28 28"], coloured: bool) -> Block:
    return _half_blocks(ink_on_paper(frame)) if coloured else _ramp(frame)


def _map(explanation: Explanation, coloured: bool) -> Block:
    """The ink by how it speaks, and what the colours or signs mean."""
    frame, influence = explanation.frame, explanation.influence
    if coloured:
        legend = Text.assemble(("█", _rgb(FOR)), f" for {explanation.digit}  ", ("█", _rgb(AGAINST)), " against")
        return [*_half_blocks(tinted(frame, influence)), legend]
    share = _halved(strength(frame, influence))
    signs = np.where(share >= CLEAR, "+", np.where(share <= -CLEAR, "-", "."))
    signs = np.where(_halved(frame) >= FAINT, signs, " ")
    return [Text("".join(row)) for row in signs] + [Text(f"+ for {explanation.digit}  - against  . neither")]


def _bars(explanation: Explanation, coloured: bool) -> Block:
    """A bar per digit, and one for no digit where that has a share."""
    found = []
    for digit, share in enumerate(explanation.probabilities.tolist()):
        colour = FOR if digit == explanation.digit else OTHER
        name = Text(f"{digit} ", "bold" if coloured and digit == explanation.digit else "")
        found.append(Text.assemble(name, _bar(share, colour, coloured), f"{figure(share):>6}"))
    if explanation.no_digit > 0:  # its name leaves no room for a bar beside it
        found.append(Text(f"{'no digit':<{BAR + 2}}{figure(explanation.no_digit):>6}"))
        found.append(Text.assemble("  ", _bar(explanation.no_digit, AGAINST, coloured)))
    return found


def _bar(share: float, colour: Colour, coloured: bool) -> Text:
    full = round(BAR * share)
    bar = Text(("█" if coloured else "#") * full, _rgb(colour) if coloured else "")
    return bar.append(" " * (BAR - full))


def _thumbnail(one: Neighbour, coloured: bool) -> Block:
    """A training digit at half its size below its label."""
    small = one.image.reshape(14, 2, 14, 2).mean(axis=(1, 3)).astype(np.float32) / np.float32(255)
    title = Text(f"{one.label}  {one.distance:.2f}".ljust(14), "bold" if coloured else "")
    return [title, *(_half_blocks(ink_on_paper(small)) if coloured else _ramp(small))]


def _half_blocks(colours: UInt8[np.ndarray, "height width 3"]) -> Block:
    """Two rows of pixels in each line: the sign for the upper half over the colour of the lower."""
    found = []
    for upper, lower in zip(colours[0::2].tolist(), colours[1::2].tolist(), strict=True):
        line = Text()
        for above, below in zip(upper, lower, strict=True):
            line.append("▀", f"{_rgb(above)} on {_rgb(below)}")
        found.append(line)
    return found


def _ramp(ink: Float32[np.ndarray, "height width"]) -> Block:
    """The darkness of two pixels, one above the other, in each sign."""
    levels = np.minimum(_halved(ink) * len(RAMP), len(RAMP) - 1).astype(int)
    return [Text("".join(RAMP[level] for level in row)) for row in levels]


def _halved(plane: Float32[np.ndarray, "height width"]) -> Float32[np.ndarray, "half width"]:
    return (plane[0::2] + plane[1::2]) / np.float32(2)


def _rgb(colour: tuple[int, ...] | list[int]) -> str:
    red, green, blue = colour
    return f"rgb({red},{green},{blue})"
