"""Colors that people with any kind of color vision tell apart, in light and in dark."""

from __future__ import annotations

from omiti2v.outcomes import Outcome

OUTCOME_COLORS: dict[Outcome, str] = {
    "success": "#0a72bd",
    "partial": "#7fc4ee",
    "negligent": "#e9a520",
    "broken": "#c4500f",
    "unscored": "#939ba3",
}
"""The order from blue over yellow to red-brown also falls and rises in lightness."""

SERIES = ("#0a8ad6", "#d9760a", "#1a9e77", "#c564a2", "#8c7ae6", "#ab8a22", "#4f9a9a", "#8a8f98")
"""For entries side by side; each has a shape of its own beside."""

SHAPES = (
    "circle",
    "square",
    "diamond",
    "triangle-up",
    "cross",
    "triangle-down",
    "triangle-left",
    "triangle-right",
)

NEUTRAL = "#767e87"
"""Lines, ticks and the numbers of marks: as readable on white as on the dark page."""
