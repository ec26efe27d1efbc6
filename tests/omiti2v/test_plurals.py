from __future__ import annotations

import pytest

from omiti2v.plurals import counted


@pytest.mark.parametrize(("number", "text"), [(0, "0 videos"), (1, "1 video"), (2, "2 videos")])
def test_only_one_is_singular(number: int, text: str) -> None:
    assert counted(number, "video") == text
