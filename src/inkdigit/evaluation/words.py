"""Figures as people read them; used by the summary, the pictures and the report alike."""


def percent(fraction: float, digits: int = 1) -> str:
    """Write a fraction as a percentage, and never round a mistake away.

    >>> percent(0.97823), percent(1.0), percent(0.99998), percent(0.00002)
    ('97.8 %', '100 %', '>99.9 %', '<0.1 %')
    """
    shown = f"{100 * fraction:.{digits}f}"
    step = 10.0**-digits
    if fraction == 1:
        return "100 %"
    if fraction == 0:
        return "0 %"
    if float(shown) >= 100:
        return f">{100 - step:.{digits}f} %"
    return f"<{step:.{digits}f} %" if float(shown) == 0 else f"{shown} %"


def times(count: int) -> str:
    """Write how often: "once", "twice", "21 times".

    >>> times(1), times(3)
    ('once', '3 times')
    """
    return {1: "once", 2: "twice"}.get(count, f"{count:,} times")


def plural(count: int, noun: str) -> str:
    """Write a count with its noun.

    >>> plural(1, "image"), plural(10000, "image")
    ('1 image', '10,000 images')
    """
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def per_hundred(fraction: float) -> str:
    """Write how many of a hundred, never as 100 unless it is all of them.

    >>> per_hundred(0.97823), per_hundred(0.9999), per_hundred(1.0)
    ('97.8', '99.99', '100')
    """
    if fraction == 1:
        return "100"
    digits = next((digits for digits in (1, 2, 3) if float(f"{100 * fraction:.{digits}f}") < 100), 4)
    return f"{100 * fraction:.{digits}f}"
