"""What lies on a sheet, and its truth."""

import numpy as np

from inkdigit.writing.sheet import Sheet, numbers_of
from inkdigit.writing.strings import Written

INK = np.ones((10, 50), np.float32)
WRITTEN = Written(INK, "12 ?", ((0, 0, 10, 10), (10, 0, 10, 10), (20, 0, 15, 10), (35, 0, 15, 10)), 10, 10)


def test_what_stands_between_gaps_is_a_number() -> None:
    assert numbers_of(WRITTEN) == [("12", (0.0, 0.0, 20.0, 10.0)), ("?", (35.0, 0.0, 15.0, 10.0))]


def test_a_written_text_becomes_numbers_and_other_marks() -> None:
    sheet = Sheet((40, 100))
    sheet.write(WRITTEN, (5, 20), line=3)
    assert [(piece.kind, piece.text, piece.line) for piece in sheet.pieces] == [("number", "12", 3), ("other", "", 3)]
    assert sheet.pieces[0].quad.tolist() == [[5, 20], [25, 20], [25, 30], [5, 30]]
    assert np.all(sheet.ink[20:30, 5:55] == 255)
    assert sheet.ink.sum() == 255 * 500


def test_what_is_turned_lies_within_its_box() -> None:
    sheet = Sheet((120, 120))
    sheet.write(WRITTEN, (20, 40), line=0, angle=30)
    along = sheet.pieces[0].quad[1] - sheet.pieces[0].quad[0]
    assert (
        np.degrees(np.arctan2(along[1], along[0])) == np.float32(30)
        or abs(np.degrees(np.arctan2(*along[::-1])) - 30) < 0.1
    )
    middle = sheet.pieces[0].quad.mean(0)
    assert sheet.ink[int(middle[1]), int(middle[0])] == 255


def test_a_whole_sheet_refuses_what_would_be_cut_and_a_part_does_not() -> None:
    whole, part = Sheet((40, 40), whole=True), Sheet((40, 40))
    for sheet in (whole, part):
        sheet.write(WRITTEN, (20, 20), line=0)
    assert not whole.ink.any()
    assert not whole.pieces
    assert part.ink[25, 30] == 255


def test_a_place_is_free_until_something_lies_there() -> None:
    sheet = Sheet((100, 100))
    assert sheet.is_free((10, 10, 20, 20))
    sheet.take((25, 25, 10, 10))
    assert not sheet.is_free((10, 10, 20, 20))
    assert sheet.is_free((10, 10, 10, 10))
    assert not sheet.is_free((10, 10, 10, 10), margin=6)


def test_a_wall_is_drawn_where_it_is_said_to_be() -> None:
    sheet = Sheet((30, 30))
    sheet.wall((5, 8), (25, 8), thick=1)
    assert np.all(sheet.print[8, 5:26] == 255)
    assert [(wall.start, wall.end) for wall in sheet.walls] == [((5, 8), (25, 8))]
    sheet.rule((5, 20), (25, 20))
    assert len(sheet.walls) == 1, "a rule to write on is no wall"
