"""An opened board: what is computed of it once for all visitors, and when it is read again."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.runtime.caching import cache_utils

from leaderboard.site import state
from leaderboard.site.settings import Settings
from leaderboard.site.state import LOOK_SECONDS, REFRESH_SECONDS, Site, open_site
from omiti2v.records import write_atomically


def test_many_who_ask_at_once_have_it_computed_once(site: Site) -> None:
    calls = []
    started = threading.Barrier(8)

    def ask() -> None:
        started.wait()
        site.once("test: at once", lambda: calls.append(1) or "made")

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert calls == [1]


def test_a_computation_within_a_computation_does_not_wait_for_itself(site: Site) -> None:
    assert site.once("test: outer", lambda: site.once("test: inner", lambda: 3)) == 3


def test_a_failure_is_not_kept(site: Site) -> None:
    def fail() -> int:
        raise ValueError("once")

    with pytest.raises(ValueError, match="once"):
        site.once("test: failing", fail)
    assert site.once("test: failing", lambda: 1) == 1


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[float], None]]:
    """Lets the time that boards grow old by pass; what was opened is forgotten afterwards."""
    ahead = [0.0]
    timer = cache_utils.TTLCACHE_TIMER
    monkeypatch.setattr(cache_utils, "TTLCACHE_TIMER", lambda: timer() + ahead[0])
    yield lambda seconds: ahead.__setitem__(0, ahead[0] + seconds)
    state._open.clear()
    state._opened.clear()


def until(holds: Callable[[], bool]) -> None:
    """Wait for what is done in the background."""
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture
def settings(place: Any, tmp_path: Path) -> Settings:
    shutil.copytree(place.board, tmp_path / "board")
    return Settings(str(tmp_path / "board"))


def test_a_board_is_read_again_once_an_entry_is_gone(
    settings: Settings, tmp_path: Path, clock: Callable[[float], None]
) -> None:
    first = open_site(settings)
    assert "rendered/half-a-run" in first.board.by_id
    shutil.rmtree(tmp_path / "board" / "entries" / "rendered" / "half-a-run")
    assert open_site(settings) is first
    clock(LOOK_SECONDS + 1)
    assert open_site(settings) is first, "nobody waits for the new one"
    until(lambda: "rendered/half-a-run" not in open_site(settings).board.by_id)


def test_a_board_in_which_nothing_came_or_went_is_not_read_again(
    settings: Settings, clock: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = open_site(settings)
    looks = []
    look = state._look
    monkeypatch.setattr(state, "_look", lambda board: looks.append(board) or look(board))
    clock(LOOK_SECONDS + 1)
    until(lambda: open_site(settings) is first and bool(looks))
    assert open_site(settings) is first


def test_an_entry_that_is_changed_in_place_is_seen(settings: Settings, tmp_path: Path) -> None:
    before = state._look(settings.board)
    entry = tmp_path / "board" / "entries" / "rendered" / "half-a-run"
    write_atomically(entry / "entry.json", (entry / "entry.json").read_text())
    assert state._look(settings.board) != before
    assert state._look("memory://board") == state._look("memory://board")
    assert state._look(str(tmp_path / "gone")) is None


def test_a_board_that_went_away_is_shown_as_it_was_until_it_is_back(
    settings: Settings, tmp_path: Path, clock: Callable[[float], None], caplog: Any
) -> None:
    first = open_site(settings)
    (tmp_path / "board").rename(tmp_path / "gone")
    clock(REFRESH_SECONDS + 1)
    assert open_site(settings) is first
    until(lambda: "no such folder" in caplog.text)
    assert open_site(settings) is first
    (tmp_path / "gone").rename(tmp_path / "board")
    shutil.rmtree(tmp_path / "board" / "entries" / "rendered" / "half-a-run")
    clock(REFRESH_SECONDS / 2)
    until(lambda: open_site(settings) is not first)


def test_what_is_computed_of_one_reading_is_not_taken_for_another_s(settings: Settings) -> None:
    one, other = Site(settings), Site(settings)
    assert one.once("test: whose", lambda: 1) == 1
    assert other.once("test: whose", lambda: 2) == 2


def test_samples_without_images_at_hand_are_the_board_s_own(
    site: Site, settings: Settings, place: Any
) -> None:
    key = next(key for key in site.board.tables if key.edition == "rendered")
    with_images, without = site.samples(key), Site(settings).samples(key)
    assert with_images and without
    assert with_images.samples == without.samples
    assert (with_images.root, without.root) == (place.edition, None)


def test_a_table_is_ranked_once_whoever_names_its_score(site: Site) -> None:
    key = next(iter(site.board.tables))
    table = site.table(key)
    assert site.table(key, table.by) is table
