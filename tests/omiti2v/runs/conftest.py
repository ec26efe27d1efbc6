"""A small edition to run over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from omiti2v.editions import Edition


@pytest.fixture
def edition(make_edition: Callable[..., Edition], tmp_path: Path) -> Edition:
    return make_edition(tmp_path / "edition")
