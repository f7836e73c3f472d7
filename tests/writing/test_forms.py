"""The forms of digits, letters and marks."""

import pytest

from inkdigit.data.curves import Form, compile_form
from inkdigit.writing.digits import ALL_FORMS
from inkdigit.writing.forms import MORE_FORMS
from inkdigit.writing.letters import LETTERS

FORMS = [form for digit in MORE_FORMS for form in digit] + list(LETTERS.values())


@pytest.mark.parametrize("form", FORMS, ids=lambda form: str(form.name))
def test_every_form_compiles_and_stays_near_the_line(form: Form) -> None:
    curve = compile_form(form)
    assert curve.hands.min() > -0.5
    assert curve.hands.max() < 1.5


def test_the_shares_of_the_forms_of_a_digit_add_up() -> None:
    for forms, sums in ALL_FORMS:
        assert len(forms) == len(sums)
        assert sums[-1] == pytest.approx(1)
