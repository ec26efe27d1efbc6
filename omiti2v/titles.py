"""How scores are called and written for people, everywhere the same."""

from __future__ import annotations

from omiti2v.scores import Estimate

SCORE_TITLES = {
    "success": "Success",
    "accuracy": "Accuracy",
    "semantic_average": "Semantic average",
    "edit_accuracy": "Edit accuracy",
    "preserve_accuracy": "Preserve accuracy",
    "edit_success": "Edit success",
    "still_floor": "Still floor",
    "lift": "Lift over the floor",
    "negligence": "Negligence",
}
"""Titles of the scores that are fractions, in the order in which they are shown."""


def percent(estimate: Estimate | None) -> str:
    """A fraction as a percentage, as "61.3"."""
    return f"{100 * estimate.value:.1f}" if estimate else "not available"


def percent_interval(estimate: Estimate | None) -> str:
    """Its 95 % interval, as "55.9 to 66.4"."""
    return f"{100 * estimate.low:.1f} to {100 * estimate.high:.1f}" if estimate else ""
