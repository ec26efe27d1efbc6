"""Samples: chosen, ordered, and harmless whatever their texts are."""

from __future__ import annotations

import pytest

from leaderboard.entries import BoardKey
from leaderboard.site.choices import table_choices
from leaderboard.site.sample_list import (
    SampleFilter,
    SampleTile,
    order_samples,
    results_by_sample,
    sample_markup,
    samples_markup,
    solved_text,
    thumbnail_uri,
)
from leaderboard.site.state import Site
from omiti2v.editions import Edition


@pytest.fixture(scope="session")
def key(site: Site) -> BoardKey:
    return table_choices(site.board)["rendered"]["judge-32B"]


@pytest.fixture(scope="session")
def edition(site: Site, key: BoardKey) -> Edition:
    found = site.samples(key)
    assert found
    return found


def test_samples_are_ordered_by_who_got_them_right(
    site: Site, key: BoardKey, edition: Edition
) -> None:
    results = results_by_sample(edition, site.entries(key))

    def solved(sample_id: str) -> float:
        return sum(row.solved for row in results[sample_id])

    hardest = order_samples(edition.samples, results, "hardest")
    counts = [solved(sample.id) for sample in hardest]
    assert counts == sorted(counts)
    easiest = order_samples(edition.samples, results, "easiest")
    assert [solved(s.id) for s in easiest] == sorted(counts, reverse=True)
    assert solved_text(results[hardest[0].id]) == f"{counts[0]:g} of 4 entries all right"


def test_sample_filters_combine(edition: Edition) -> None:
    wanted = SampleFilter("s003 number", {"category": ["addition"], "difficulty": ["not said"]})
    assert [sample.id for sample in edition.samples if wanted.takes(sample)] == ["s003"]


def test_a_sample_page_escapes_and_names_its_picture(edition: Edition) -> None:
    sample = edition.samples[0].model_copy(
        update={"prompt": "<b onclick=x>Go</b>", "caption_before": '"><script>x</script>'}
    )
    picture = thumbnail_uri(edition, edition.samples[0], width=100)
    assert picture and picture.startswith("data:image/jpeg;base64,")
    for page in (
        sample_markup(sample, picture),
        samples_markup([SampleTile(sample, picture, "")]),
    ):
        assert "<b onclick" not in page
        assert "<script" not in page
        assert "alt=" in page


def test_a_picture_that_is_not_at_hand_is_none(edition: Edition) -> None:
    lost = edition.samples[0].model_copy(update={"image": "images/none.png"})
    assert thumbnail_uri(edition, lost, width=100) is None
