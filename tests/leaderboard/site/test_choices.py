"""What can be chosen, and the addresses that lead there."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from leaderboard.entries import BoardKey, load_board, open_storage
from leaderboard.site.choices import entry_labels, link_to, section_of, table_choices
from leaderboard.site.state import Site


@pytest.fixture(scope="session")
def key(site: Site) -> BoardKey:
    return table_choices(site.board)["rendered"]["judge-32B"]


def test_entries_of_one_name_are_told_apart(site: Site, key: BoardKey) -> None:
    rows = site.table(key).rows
    twice = [rows[0], rows[1].__class__(**{**vars(rows[1]), "name": rows[0].name})]
    labels = entry_labels(twice)
    assert len(set(labels.values())) == 2


def test_addresses_are_quoted() -> None:
    assert link_to("", {"edition": "open", "entry": "open/a b&c", "judge": None}) == (
        "?edition=open&entry=open/a+b%26c"
    )


def test_editions_of_one_name_are_told_apart_by_version_and_fingerprint(key: BoardKey) -> None:
    first = "31f8402c6c20dd0fe43a5dde8987de30730db110324161dda0afa1009e6c7278"
    keys = [
        replace(key, edition="open", edition_fingerprint=fingerprint)
        for fingerprint in (first, "92aed31364f3328f" * 4)
    ]
    tables = {**dict.fromkeys(keys, ()), key: ()}
    choices = table_choices(SimpleNamespace(tables=tables))
    assert set(choices) == {"open 0.9 (31f8402c6c20)", "open 92aed31364f3", key.edition}


def test_results_of_methods_come_before_rendered_clips() -> None:
    choices = table_choices(load_board(open_storage()))
    parts = [section_of(next(iter(judges.values()))) for judges in choices.values()]
    assert parts == ["Methods", "Methods", "Controls"]
    assert list(choices)[::2] == ["official", "known-answer"]
