"""Settings, the shared store of computed values, and the server's options."""

from __future__ import annotations

import shutil
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from leaderboard.entries.limits import DEFAULT_UPLOAD_LIMITS
from leaderboard.site import opening
from leaderboard.site.opened import Site
from leaderboard.site.opening import Opener
from leaderboard.site.server import server_options
from leaderboard.site.settings import Settings, read_settings


def test_settings_survive_the_environment() -> None:
    settings = Settings("hf://datasets/a/b", (Path("/x"), Path("/y")), Path("/v"))
    assert read_settings(settings.as_environment()) == settings
    assert read_settings({}) == Settings()


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


def test_the_server_refuses_large_uploads_at_the_door_and_tells_nobody_anything() -> None:
    options = server_options(address="127.0.0.1", port=1)
    assert options["server_maxUploadSize"] == DEFAULT_UPLOAD_LIMITS.max_zip_bytes >> 20
    assert options["client_showErrorDetails"] == "none"
    assert options["browser_gatherUsageStats"] is False


def test_a_board_is_read_again_once_it_is_old(place: Any, tmp_path: Path) -> None:
    board = tmp_path / "board"
    shutil.copytree(place.board, board)
    settings = Settings(str(board))
    opener = Opener(refresh_seconds=0.0)
    first = opener.open(settings)
    assert "rendered/half-a-run" in first.board.by_id
    shutil.rmtree(board / "entries" / "rendered" / "half-a-run")
    until = time.monotonic() + 60
    while "rendered/half-a-run" in opener.open(settings).board.by_id:
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_board_that_went_away_is_still_shown_as_it_was(place: Any, tmp_path: Path) -> None:
    board = tmp_path / "board"
    shutil.copytree(place.board, board)
    opener = Opener(refresh_seconds=0.3)
    first = opener.open(Settings(str(board)))
    board.rename(tmp_path / "gone")
    for _ in range(10):
        time.sleep(0.1)
        assert opener.open(Settings(str(board))) is first


def test_after_a_failure_of_any_kind_the_board_is_read_again(
    place: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    opener = Opener(refresh_seconds=0.0)
    read = opening._read
    first = opener.open(place.settings)
    failed = threading.Event()

    def fail_once(settings: Settings) -> Site:
        monkeypatch.setattr(opening, "_read", read)
        failed.set()
        raise FileNotFoundError("removed while it was read")

    monkeypatch.setattr(opening, "_read", fail_once)
    until = time.monotonic() + 60
    while opener.open(place.settings) is first or not failed.is_set():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_fresh_board_is_read_once(place: Any) -> None:
    opener = Opener()
    assert opener.open(place.settings) is opener.open(place.settings)


def test_a_table_is_ranked_once_whoever_names_its_score(site: Site) -> None:
    key = next(iter(site.board.tables))
    table = site.table(key)
    assert site.table(key, table.by) is table
