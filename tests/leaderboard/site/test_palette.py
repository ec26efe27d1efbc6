"""Colors that can be told apart."""

from __future__ import annotations

from typing import get_args

import pytest

from leaderboard.site.palette import NEUTRAL, OUTCOME_COLORS, SERIES, SHAPES
from leaderboard.site.server import server_options
from omiti2v.outcomes import Outcome


def lightness(color: str) -> float:
    """Relative luminance of an sRGB color, 0 to 1 (WCAG 2.1)."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_outcome_has_a_color_of_its_own() -> None:
    assert set(OUTCOME_COLORS) == set(get_args(Outcome))
    assert len(set(OUTCOME_COLORS.values())) == len(OUTCOME_COLORS)


def test_outcomes_that_stand_side_by_side_differ_in_lightness_too() -> None:
    bars = [lightness(OUTCOME_COLORS[name]) for name in ("success", "partial")]
    assert bars[1] - bars[0] > 0.2
    bars = [lightness(OUTCOME_COLORS[name]) for name in ("negligent", "broken")]
    assert bars[0] - bars[1] > 0.2


def test_entries_have_a_shape_beside_their_color() -> None:
    assert len(set(SERIES)) == len(set(SHAPES)) == len(SERIES)


def test_lines_and_numbers_can_be_read_in_light_and_in_dark() -> None:
    # No color has 4.5 to 1 on both.
    assert all(contrast(NEUTRAL, ground) > 4 for ground in GROUNDS)


def contrast(color: str, ground: str) -> float:
    """Of two colors, 1 to 21 (WCAG 2.1)."""
    dark, light = sorted(map(lightness, (color, ground)))
    return (light + 0.05) / (dark + 0.05)


GROUNDS = ("#ffffff", "#171716")
"""Streamlit's, in light and in dark."""


@pytest.mark.parametrize("ground", GROUNDS)
def test_every_mark_stands_out_from_the_page(ground: str) -> None:
    # WCAG 2.1, 1.4.11: 3 to 1 for what one must see. Outcomes fill bars that touch each other; the
    # pale one and the yellow are told from white by what is beside them and by the legend.
    pale = {OUTCOME_COLORS["partial"], OUTCOME_COLORS["negligent"], OUTCOME_COLORS["unscored"]}
    for color in (*SERIES, NEUTRAL, *(set(OUTCOME_COLORS.values()) - pale)):
        assert contrast(color, ground) >= 3, color


@pytest.mark.parametrize(("scheme", "ground"), [("light", GROUNDS[0]), ("dark", GROUNDS[1])])
def test_the_color_of_controls_can_be_read(scheme: str, ground: str) -> None:
    options = server_options(address="127.0.0.1", port=1)
    assert contrast(str(options[f"theme_{scheme}_primaryColor"]), ground) >= 4.5
