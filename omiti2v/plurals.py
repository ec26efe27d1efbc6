"""Numbers with the word for what they count."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """`1 sample`, `12 samples`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
