"""The figure of an edition."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from omiti2v.dataset.compile import read_annotations
from omiti2v.dataset.figure import draw_figure
from omiti2v.dataset.stats import EditionStats, compute_stats


@pytest.fixture
def stats(annotations: Path) -> EditionStats:
    return compute_stats(read_annotations(annotations))


def parsed(figure: str) -> ElementTree.Element:
    return ElementTree.fromstring(figure)  # noqa: S314 (our own)


def test_the_figure_is_xml_that_shows_every_count_and_runs_nothing(stats: EditionStats) -> None:
    stats = stats.model_copy(update={"edition": "<script>alert(1)</script>\u202e"})
    picture = parsed(draw_figure(stats))
    texts = ["".join(part.itertext()) for part in picture.iter() if part.tag.endswith("text")]
    assert "Edition <script>alert(1)</script>[U+202E]" in texts
    assert {part.tag.rpartition("}")[2] for part in picture.iter()} == {
        "svg",
        "rect",
        "text",
        "line",
    }
    for kind in ("domain", "image_type", "difficulty"):
        assert {count.name for count in stats.groups[kind]} <= set(texts)
    assert {"always yes", "always no", "still, all"} <= set(texts)
