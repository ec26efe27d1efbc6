"""What a check of annotations finds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """Something that has to be mended.

    Attributes:
        place: The sample, with the field or question, or the file.
        rule: A short name of the rule that is broken.
        message: What was expected and what came, in one line.
    """

    place: str
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.rule}: {self.message}"


def length_problems(
    place: str, rule: str, count: int, bounds: tuple[int, int], unit: str = " words"
) -> Iterator[Problem]:
    """A problem where a count is outside its bounds, which are themselves allowed."""
    low, high = bounds
    if not low <= count <= high:
        yield Problem(place, rule, f"expected {low} to {high}{unit}, got {count}")
