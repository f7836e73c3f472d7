"""What names say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkdigit.data.naming import digit_of, digits_of_files, meaning_of, part_of


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("x_train", ("", "train", "images")),
        ("Y_TEST", ("", "test", "labels")),
        ("trainX", ("", "train", "images")),
        ("ytest", ("", "test", "labels")),
        ("train_images", ("", "train", "images")),
        ("val_labels", ("", "validation", "labels")),
        ("data", ("", None, "images")),
        ("target", ("", None, "labels")),
        ("target_names", ("names", None, "labels")),
        ("train_patterns", ("", "train", "images")),
        ("t10k-images-idx3-ubyte", ("", "test", "images")),
        ("train-images.idx3-ubyte", ("", "train", "images")),
        ("qmnist-test-labels-idx2-int", ("qmnist", "test", "labels")),
        ("emnist-digits-train-labels-idx1-ubyte", ("emnist digits", "train", "labels")),
        ("train-00000-of-00001", ("", "train", None)),
        ("mnist_train", ("mnist", "train", None)),
        ("digits", ("digits", None, None)),
        ("restrained", ("restrained", None, None)),
    ],
)
def test_files_and_arrays(name: str, meaning: tuple[str, str | None, str | None]) -> None:
    assert meaning_of(name) == meaning


@pytest.mark.parametrize(
    ("name", "part"),
    [("Train", "train"), ("TRAINING", "train"), ("testing", "test"), ("val", "validation"), ("valid", "validation"),
     ("test_images", "test"), ("trainer", None), ("mytrain", None), ("7", None), ("test_labels", None)],
)  # fmt: skip
def test_folders_of_parts(name: str, part: str | None) -> None:
    assert part_of(name) == part


@pytest.mark.parametrize(
    ("name", "digit"),
    [("0", 0), ("09", 9), ("seven", 7), ("Three", 3), ("digit_3", 3), ("class-9", 9), ("label4", 4), ("num_two", 2),
     ("10", None), ("ten", None), ("٣", None), ("writer_3", None), ("3_old", None), ("digit", None), ("", None)],
)  # fmt: skip
def test_folders_of_digits(name: str, digit: int | None) -> None:
    assert digit_of(name) == digit


@pytest.mark.parametrize(
    ("stems", "digits"),
    [
        (["3_17", "7_171", "0_2"], [3, 7, 0]),
        (["img_0017_3", "img_0018_9"], [3, 9]),
        (["digit_4_001", "digit_5_002"], [4, 5]),
        (["seven-12", "two-13"], [7, 2]),
        (["3 (1)", "3 (20)", "4 (21)"], [3, 3, 4]),
        (["label5_0001", "label6_0001"], [5, 6]),
        (["3", "4"], [3, 4]),
        (["IMG_2001", "IMG_2002"], [None, None]),
    ],
)
def test_files_of_digits(stems: list[str], digits: list[int | None]) -> None:
    assert digits_of_files(stems) == digits


def test_a_digit_at_both_ends_is_ambiguous() -> None:
    assert digits_of_files(["3_4", "5_6", "7_7"]) == "3_4"


@given(st.text(), st.lists(st.text(max_size=8), max_size=5))
def test_any_name_means_something_or_nothing(name: str, names: list[str]) -> None:
    meaning_of(name)
    digit_of(name)
    digits_of_files(names)
