"""How text and numbers are shown."""

from __future__ import annotations

MINUS = "\N{MINUS SIGN}"
_THIN_SPACE = "\N{NARROW NO-BREAK SPACE}"


def percent(fraction: float) -> str:
    """A fraction as a percentage with one decimal, without the sign, as `41.7`."""
    return _signed(f"{fraction * 100:.1f}")


def signed_percent(fraction: float) -> str:
    """As `percent`, with a plus sign where it is above 0 as shown."""
    text = percent(fraction)
    return f"+{text}" if float(text.replace(MINUS, "-")) > 0 else text


def with_unit(number: str) -> str:
    """A percentage with its sign, which stays on the number's line."""
    return f"{number}{_THIN_SPACE}%"


def plain_number(value: float) -> str:
    """A metric's number: three decimals, or three digits where that would hide it or run on."""
    if value == 0 or 0.001 <= abs(value) < 1000:
        return _signed(f"{value:.3f}")
    return _signed(f"{value:.3g}")


def short_digest(digest: str) -> str:
    """The first twelve digits, enough to tell two apart."""
    return digest[:12]


def _signed(text: str) -> str:
    if not float(text):
        return text.lstrip("-")
    return text.replace("-", MINUS)
