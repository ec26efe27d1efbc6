"""Videos that play as one: the parts of the component are there and fit each other."""

from __future__ import annotations

import re

from streamlit.testing.v1 import AppTest

from leaderboard.site.video_player import _part

SCRIPT = """
from leaderboard.site.video_player import play_in_step
play_in_step([("A", "data:video/mp4;base64,AA=="), ("B", "data:video/mp4;base64,AA==")], key="x")
"""


def test_the_script_finds_each_class_that_it_asks_for() -> None:
    asked = set(re.findall(r'querySelector\("\.([a-z]+)"\)', _part("js")))
    there = set(re.findall(r'class="([a-z]+)"', _part("html")))
    assert asked
    assert asked <= there


def test_the_controls_are_named_for_those_who_can_t_see_them() -> None:
    for control in re.findall(r"<(?:button|input)[^>]*>", _part("html")):
        assert "aria-label" in control or "title" in control or "loop" in control


def test_the_component_is_put_on_the_page() -> None:
    app = AppTest.from_string(SCRIPT, default_timeout=60).run()
    assert not app.exception
