"""The page's file of constants says what the Python modules say now."""

from vectors.make_constants import FILE, MODULES, constants_of, text


def test_the_page_has_the_constants_of_the_package() -> None:
    assert FILE.read_text(encoding="utf-8") == text(), (
        "web/src/constants.ts is stale; run python tests/vectors/make_constants.py, then make page"
    )


def test_each_module_names_something_that_the_page_may_use() -> None:
    assert [module.__name__ for module in MODULES if not list(constants_of(module))] == []


def test_a_constant_is_of_the_module_that_gives_it_its_value() -> None:
    assert "ALPHABET" not in dict(constants_of(next(one for one in MODULES if one.__name__.endswith("page.reading"))))
