"""What can be chosen, and the addresses that lead there."""

from __future__ import annotations

import pytest

from leaderboard.entries import BoardKey
from leaderboard.site.choices import entry_labels, link_to, table_choices
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
