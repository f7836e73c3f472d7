"""When an answer is unsure: the one table of thresholds, and the temperature behind every confidence.

In: nothing, or a threshold that a user chose. Out: numbers. All were chosen on made lines and pages.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Thresholds:
    """What decides whether to doubt.

    Args:
        number: A number whose confidence is below is unsure.
        character: A character whose confidence is below is unsure.
        detected: From this mean probability of a number on, the detector leaves no doubt.
        marked: A number beside which another mark stands has its confidence times this.
        again: A number whose text is less probable at the first look is looked at again.
        temperature: By which the line recognizer's logits are divided.
    """

    number: float = 0.8
    character: float = 0.5
    detected: float = 0.85
    marked: float = 0.9
    again: float = 0.98
    temperature: float = 1.0
