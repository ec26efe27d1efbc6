"""Videos of entries side by side."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from page_texts import texts_of
from streamlit.testing.v1 import AppTest

from leaderboard.site.entry_videos import video_uri
from leaderboard.site.state import Site
from omiti2v.definitions import FEW_NOTE


def test_a_video_is_found_by_entry_and_sample(site: Site, place: Any) -> None:
    entry = site.board.by_id["rendered/wan-base"]
    uri = video_uri(place.videos, entry, "s001")
    assert uri and uri.startswith("data:video/mp4;base64,")
    assert video_uri(place.videos, entry, "s002") is None
    assert video_uri(None, entry, "s001") is None


def test_a_page_under_the_name_of_a_video_is_not_served(site: Site, tmp_path: Path) -> None:
    entry = site.board.by_id["rendered/wan-base"]
    path = tmp_path / entry.folder / entry.slug / "s001.mp4"
    path.parent.mkdir(parents=True)
    path.write_text("<html><script>x</script></html>")
    assert video_uri(tmp_path, entry, "s001") is None


def test_compare_says_why_published_numbers_can_t_be(run_page: Callable[..., AppTest]) -> None:
    app = run_page("compare", edition="official")
    assert "needs two entries with a log" in texts_of(app)


def test_compare_holds_the_baseline_against_the_first(run_page: Callable[..., AppTest]) -> None:
    app = run_page("compare", edition="rendered")
    assert app.selectbox(key="first").value == "rendered/wan-base"
    assert "McNemar" in texts_of(app)


def test_compare_says_what_the_board_says_and_of_how_many_tests(
    run_page: Callable[..., AppTest], site: Site
) -> None:
    text = texts_of(run_page("compare", edition="rendered"))
    (key,) = [key for key in site.board.tables if key.edition == "rendered"]
    family = site.family(key)
    assert (
        f"adjusted over {4 * family.pairs} tests together, success, accuracy, semantic average "
        f"and negligence of all {family.pairs} pairs of the board" in text
    )
    assert "points higher than Wan base." in text
    assert FEW_NOTE in text
