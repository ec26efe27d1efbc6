"""How numbers are shown to people, on every page and in every table: one rounding, one minus sign.

Halves are rounded away from 0, as browsers round them, so that a chart and the table beside it
agree. No number is shown as -0.0, no difference that there is as 0, and no p-value as 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal

MINUS = "\N{MINUS SIGN}"
_THIN_SPACE = "\N{NARROW NO-BREAK SPACE}"
_NOTHING = 1e-12  # what is smaller comes from rounding


def percent(fraction: float) -> str:
    """A fraction as a percentage with one decimal, without the percent sign, as `41.7`."""
    return fixed(100 * fraction, 1)


def signed_percent(fraction: float) -> str:
    """A difference of fractions in percentage points; see `signed_points`."""
    return signed_points(100 * fraction)


def signed_points(value: float) -> str:
    """A number of percentage points, as `+4.2`, `−4.2` or `0.0`.

    One that one decimal would hide has as many as it takes to be seen, as `+0.04`.
    """
    return _signed(fixed(value, _decimals(value, least=1)))


def points(fraction: float) -> str:
    """The size of a difference of fractions, as `4.2 points`."""
    return f"{signed_percent(abs(fraction)).lstrip('+')} points"


def with_unit(number: str) -> str:
    """A percentage with its sign, which stays on the number's line."""
    return f"{number}{_THIN_SPACE}%"


def plain_number(value: float) -> str:
    """A metric's number: three decimals, or three digits where that would hide it or run on."""
    if abs(value) < _NOTHING or 0.001 <= abs(value) < 1000:
        return fixed(value, 3)
    return f"{value:.3g}".replace("-", MINUS)


def signed_number(value: float) -> str:
    """As `plain_number`, with a plus sign where it is above 0."""
    return _signed(plain_number(value))


def interval(
    low: float | None, high: float | None, number: Callable[[float], str] = percent
) -> str:
    """An interval in a column of its own, as `33.1 to 50.2`; empty where none is known."""
    return "" if low is None or high is None else f"{number(low)} to {number(high)}"


def bracketed(
    low: float | None, high: float | None, number: Callable[[float], str] = percent
) -> str:
    """An interval behind its number, as `[33.1, 50.2]`; empty where none is known."""
    return "" if low is None or high is None else f"[{number(low)}, {number(high)}]"


def p_text(value: float) -> str:
    """A p-value; never as 0, and with a digit more where it matters on which side of 0.05 it is."""
    if value < 0.0001:
        return "< 0.0001"
    return fixed(value, 4 if value < 0.1 else 3)


def p_equation(value: float) -> str:
    """A p-value in a sentence, as `p = 0.250` or `p < 0.0001`."""
    text = p_text(value)
    return f"p {text}" if text.startswith("<") else f"p = {text}"


def level_text(value: float) -> str:
    """The p-value that is needed, as `0.0198`, or `0.0000123` where four decimals would hide it."""
    return fixed(value, max(4, 1 - math.floor(math.log10(value))))


def short_digest(digest: str) -> str:
    """The first twelve digits, enough to tell two apart."""
    return digest[:12]


def fixed(value: float, decimals: int) -> str:
    """A number with so many decimals, as `−3.20`."""
    if not math.isfinite(value):
        return str(value).replace("-", MINUS)
    rounded = Decimal(value).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return f"{abs(rounded) if rounded == 0 else rounded:f}".replace("-", MINUS)


def _signed(text: str) -> str:
    return f"+{text}" if text[0] != MINUS and any(digit in "123456789" for digit in text) else text


def _decimals(value: float, *, least: int) -> int:
    """How many decimals show that a number is not 0."""
    if abs(value) < _NOTHING or not math.isfinite(value):
        return least
    # The first digit stands so many places behind the point; 0.05 and more is 0.1 with one.
    return max(least, -math.floor(math.log10(abs(value) * 2)))
