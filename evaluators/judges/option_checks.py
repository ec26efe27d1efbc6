"""What judges check of their arguments. Each raises a UserError of one line."""

from __future__ import annotations

from omiti2v.errors import UserError
from omiti2v.records import brief


def check_choice(name: str, value: str | None, choices: tuple[str, ...]) -> None:
    """Refuse a value that is none of the choices; None is not given."""
    if value is not None and value not in choices:
        raise UserError(f"{name}: expected one of {', '.join(choices)}, got {brief(value)}")


def check_range(name: str, value: float, low: float, high: float) -> None:
    """Refuse a number that is outside a range."""
    if not low <= value <= high:
        raise UserError(f"{name}: expected a number from {low} to {high}, got {brief(value)}")


def check_counts(**counts: int | None) -> None:
    """Refuse numbers below 1; None is not given."""
    for name, count in counts.items():
        if count is not None and count < 1:
            raise UserError(f"{name}: expected at least 1, got {brief(count)}")


def check_parsing(parsing: str | None, protocol: str) -> None:
    """Refuse rules of reading text in a protocol that reads none by choice."""
    if parsing is not None and protocol == "fast":
        raise UserError(f"parsing: goes with the protocol paper, got {parsing} with fast")
