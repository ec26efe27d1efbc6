"""Cards, samples, addresses and videos: right, and harmless whatever the texts are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from leaderboard.entries import BoardKey
from leaderboard.site.opened import Site
from leaderboard.site.prepared.choices import entry_labels, link_to, table_choices
from leaderboard.site.prepared.entry import answer_rows, entry_card
from leaderboard.site.prepared.markup import (
    SampleCard,
    entry_markup,
    sample_markup,
    samples_markup,
)
from leaderboard.site.prepared.samples import (
    SampleFilter,
    order_samples,
    picture_uri,
    results_by_sample,
    solved_text,
)
from leaderboard.site.prepared.videos import video_uri
from omiti2v.editions import Edition

EVIL_ID = "rendered/script-window-hacked-1-script-img-src-x-onerror-window-hacked-1"


@pytest.fixture(scope="session")
def key(site: Site) -> BoardKey:
    return table_choices(site.board)["rendered"]["judge-32B"]


@pytest.fixture(scope="session")
def edition(site: Site, key: BoardKey) -> Edition:
    found = site.samples(key)
    assert found
    return found


def markup_of(site: Site, key: BoardKey, entry_id: str) -> str:
    row = next(row for row in site.table(key).rows if row.id == entry_id)
    return entry_markup(entry_card(site.board.by_id[entry_id], row))


def test_a_card_shows_hostile_text_escaped(site: Site, key: BoardKey) -> None:
    page = markup_of(site, key, EVIL_ID)
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;window.hacked=1&lt;/script&gt;" in page


def test_a_card_links_to_the_web_only(site: Site, key: BoardKey) -> None:
    page = markup_of(site, key, "rendered/wan-alignvid")
    assert 'href="https://example.org/alignvid"' in page
    assert "javascript:" not in page


def test_a_card_tells_how_its_numbers_are_computed_again(site: Site, key: BoardKey) -> None:
    row = next(row for row in site.table(key).rows if row.id == "rendered/wan-base")
    card = entry_card(site.board.by_id[row.id], row)
    assert card.commands.startswith("omiti2v leaderboard verify rendered/wan-base")
    official = next(iter(table_choices(site.board)["official"].values()))
    reported = site.table(official).rows[0]
    assert entry_card(site.board.by_id[reported.id], reported).commands == ""


def test_the_answers_of_a_log_are_shown_one_a_row(site: Site) -> None:
    cells = answer_rows(site.run(site.board.by_id["rendered/wan-base"]))
    assert {len(column) for column in cells.values()} == {24 * 4}
    assert cells["Answer"][0] == cells["Expected"][0]  # the first sample is done rightly


def test_samples_are_ordered_by_who_got_them_right(
    site: Site, key: BoardKey, edition: Edition
) -> None:
    results = results_by_sample(edition, site.entries(key))

    def solved(sample_id: str) -> int:
        return sum(row.all_right for row in results[sample_id])

    hardest = order_samples(edition.samples, results, "hardest")
    counts = [solved(sample.id) for sample in hardest]
    assert counts == sorted(counts)
    easiest = order_samples(edition.samples, results, "easiest")
    assert [solved(s.id) for s in easiest] == sorted(counts, reverse=True)
    assert solved_text(results[hardest[0].id]) == f"{counts[0]} of 4 entries all right"


def test_sample_filters_combine(edition: Edition) -> None:
    wanted = SampleFilter(words="s003 number", categories=["addition"], difficulties=["not said"])
    assert [sample.id for sample in edition.samples if wanted.takes(sample)] == ["s003"]


def test_a_sample_page_escapes_and_names_its_picture(edition: Edition) -> None:
    sample = edition.samples[0].model_copy(
        update={"prompt": "<b onclick=x>Go</b>", "caption_before": '"><script>x</script>'}
    )
    picture = picture_uri(edition, edition.samples[0], width=100)
    assert picture and picture.startswith("data:image/jpeg;base64,")
    for page in (
        sample_markup(sample, picture),
        samples_markup([SampleCard(sample, picture, "")]),
    ):
        assert "<b onclick" not in page
        assert "<script" not in page
        assert "alt=" in page


def test_a_picture_that_is_not_at_hand_is_none(edition: Edition) -> None:
    lost = edition.samples[0].model_copy(update={"image": "images/none.png"})
    assert picture_uri(edition, lost, width=100) is None


def test_a_video_is_found_by_entry_and_sample(site: Site, place: Any) -> None:
    entry = site.board.by_id["rendered/wan-base"]
    uri = video_uri(place.videos, entry, "s001")
    assert uri and uri.startswith("data:video/mp4;base64,")
    assert video_uri(place.videos, entry, "s002") is None
    assert video_uri(None, entry, "s001") is None


def test_a_page_under_the_name_of_a_video_is_not_served(site: Site, tmp_path: Path) -> None:
    entry = site.board.by_id["rendered/wan-base"]
    path = tmp_path / entry.folder / entry.slug / "s001.mp4"
    path.parent.mkdir(parents=True)
    path.write_text("<html><script>x</script></html>")
    assert video_uri(tmp_path, entry, "s001") is None


def test_entries_of_one_name_are_told_apart(site: Site, key: BoardKey) -> None:
    rows = site.table(key).rows
    twice = [rows[0], rows[1].__class__(**{**vars(rows[1]), "name": rows[0].name})]
    labels = entry_labels(twice)
    assert len(set(labels.values())) == 2


def test_addresses_are_quoted() -> None:
    assert link_to("", {"edition": "open", "entry": "open/a b&c", "judge": None}) == (
        "?edition=open&entry=open/a+b%26c"
    )
