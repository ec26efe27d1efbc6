"""Settings on their way from the command to the script."""

from __future__ import annotations

from pathlib import Path

from leaderboard.review.session import ReviewSettings
from leaderboard.site.settings import Settings, hand_over, read_settings


def test_the_script_reads_what_the_command_handed_over() -> None:
    settings = Settings("hf://datasets/a/b", (Path("/x"), Path("/y")), Path("/v"))
    hand_over(Settings("another"))
    hand_over(settings)
    hand_over(ReviewSettings("ada"))
    assert read_settings(Settings) == settings
    assert read_settings(ReviewSettings) == ReviewSettings("ada")
