"""How the page writes scores, differences and p-values."""

from __future__ import annotations

import pandas as pd

from omiti2v.number_format import fixed, signed_points


def write_number(row: pd.Series, *, signed: bool = False) -> str:
    """A score with its interval, or a difference, which is signed."""
    write = signed_points if signed else _one_decimal
    value, low, high = (write(float(row[name])) for name in ("value", "low", "high"))
    return f"{value} ({low} to {high})"


def _one_decimal(value: float) -> str:
    return fixed(value, 1)


def write_p(value: float) -> str:
    """A p-value."""
    return "< 0.001" if value < 0.001 else f"{value:.3f}"
