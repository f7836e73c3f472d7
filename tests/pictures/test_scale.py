from inkdigit.pictures.scale import enlarged
from inkdigit.types import Character, Line, Number, Page, Reading

DIGIT = Character("4", 0.9, False, (10, 20, 3, 5))
PAGE = Page(
    (Line("4", (9, 19, 4, 6), (Number("4", 0.9, False, (9, 20, 4, 5), (DIGIT,)),)),), rotation=90, note="a note"
)


def test_every_box_of_a_page_grows() -> None:
    page = enlarged(PAGE, 4.0)
    assert isinstance(page, Page)
    [line] = page.lines
    [number] = line.numbers
    assert (line.box, number.box) == ((36, 76, 16, 24), (36, 80, 16, 20))
    assert number.characters[0].box == (40, 80, 12, 20)
    assert (page.rotation, page.note, line.text) == (90, "a note", "4")


def test_there_and_back_again() -> None:
    assert enlarged(enlarged(PAGE, 8), 1 / 8) == PAGE
    assert enlarged(PAGE, 1) is PAGE


def test_no_box_vanishes() -> None:
    page = enlarged(PAGE, 0.01)
    assert isinstance(page, Page)
    assert page.lines[0].box == (0, 0, 1, 1)


def test_a_digit_and_a_blank_one() -> None:
    seven, blank = Reading(7, 0.9, False, None, box=(1, 2, 3, 4)), Reading(None, 0.0, True, None, note="blank")
    assert enlarged(seven, 3) == Reading(7, 0.9, False, None, box=(3, 6, 9, 12))
    assert enlarged(blank, 3) == blank
