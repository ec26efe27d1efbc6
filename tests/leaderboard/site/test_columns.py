"""The columns of a table."""

from __future__ import annotations

import pytest

from leaderboard.entries import BoardKey
from leaderboard.site.choices import table_choices
from leaderboard.site.columns import table_columns
from leaderboard.site.state import Site


@pytest.fixture(scope="session")
def key(site: Site) -> BoardKey:
    return table_choices(site.board)["rendered"]["judge-32B"]


def test_columns_have_labels_of_their_own(site: Site, key: BoardKey) -> None:
    labels = [column.label for column in table_columns(site.table(key).rows)]
    assert len(labels) == len(set(labels))
