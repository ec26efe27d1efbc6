"""Scenes shared by the tests of the world."""

from __future__ import annotations

import pytest

from evaluators.world import Scene, make_scenes


@pytest.fixture(scope="session")
def scenes() -> list[Scene]:
    return make_scenes(600, seed=3)
