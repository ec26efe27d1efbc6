"""Tiny pipelines, each built once and handed out plain."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest
from tiny_pipelines import BUILDERS, TinyPipeline


@cache
def _built(name: str) -> TinyPipeline:
    tiny = BUILDERS[name]()
    tiny.pipe.set_progress_bar_config(disable=True)
    return tiny


@pytest.fixture
def tiny_of() -> Callable[[str], TinyPipeline]:
    """The tiny pipeline of a preset. Tests leave it as they found it."""
    return _built
