"""Where an entry's videos are, and that nothing is asked of another host unasked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from page_texts import texts_of
from streamlit.testing.v1 import AppTest

from leaderboard.entries import Entry
from leaderboard.site.entry_videos import video_link, video_uri
from leaderboard.site.state import Site


@pytest.fixture
def entry(site: Site) -> Entry:
    return site.board.by_id["rendered/wan-base"]


def giving(entry: Entry, pattern: str) -> Entry:
    assert entry.run
    submission = entry.run.submission.model_copy(update={"videos": pattern})
    return replace(entry, run=entry.run.model_copy(update={"submission": submission}))


def test_a_video_is_found_by_entry_and_sample(entry: Entry, place: Any) -> None:
    uri = video_uri(place.videos, entry, "s001")
    assert uri and uri.startswith("data:video/mp4;base64,")
    assert video_uri(place.videos, entry, "s002") is None
    assert video_uri(None, entry, "s001") is None


def test_a_page_under_the_name_of_a_video_is_not_served(entry: Entry, tmp_path: Path) -> None:
    path = tmp_path / entry.folder / entry.slug / "s001.mp4"
    path.parent.mkdir(parents=True)
    path.write_text("<html><script>x</script></html>")
    assert video_uri(tmp_path, entry, "s001") is None


def test_a_link_has_the_id_and_the_seed_in_their_places(entry: Entry) -> None:
    assert video_link(entry, "s001") is None
    one = giving(entry, "https://example.org/wan/{id}.mp4?download=1")
    assert video_link(one, "s001") == "https://example.org/wan/s001.mp4?download=1"
    assert video_link(one, "s001@3") is None
    several = giving(entry, "https://example.org/{seed}/{id}.mp4")
    assert video_link(several, "s001@3") == "https://example.org/3/s001.mp4"
    assert video_link(several, "s001") is None


def test_an_id_can_not_leave_its_place_in_a_link(entry: Entry) -> None:
    one = giving(entry, "https://example.org/wan/{id}.mp4")
    assert video_link(one, "../../x?y#z") == "https://example.org/wan/..%2F..%2Fx%3Fy%23z.mp4"


def test_links_load_on_a_click_alone(
    run_page: Callable[..., AppTest], entry: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    from leaderboard.site import entry_videos

    played: list[Any] = []
    monkeypatch.setattr(entry_videos, "play_in_step", lambda found, key: played.append(found))
    monkeypatch.setattr(
        entry_videos, "video_link", lambda entry, video: f"https://example.org/{video}.mp4"
    )
    # The address can't press the button for the reader.
    app = run_page("samples", edition="rendered", sample="s009", watch="Wan base", load="true")
    assert "your browser calls nobody but this server" in texts_of(app)
    assert "example.org" in texts_of(app)
    assert not played
    next(button for button in app.button if "Load a video" in button.label).click().run()
    assert played[-1] == [("Wan base", "https://example.org/s009.mp4")]
    app.selectbox(key="sample").set_value("s010").run()
    assert len(played) == 1, "each sample is asked for anew"
