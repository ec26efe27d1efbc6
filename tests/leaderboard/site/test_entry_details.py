"""One entry in full: right, and harmless whatever its texts are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from leaderboard.entries import BoardKey
from leaderboard.entries.entry_info import Rejudged
from leaderboard.site.choices import table_choices
from leaderboard.site.entry_details import (
    answer_rows,
    entry_card,
    entry_markup,
    findings_text,
)
from leaderboard.site.state import Site
from omiti2v.findings import Finding

EVIL_ID = "rendered/script-window-hacked-1-script-img-src-x-onerror-window-hacked-1"


@pytest.fixture(scope="session")
def key(site: Site) -> BoardKey:
    return table_choices(site.board)["rendered"]["judge-32B"]


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


def test_a_card_says_where_a_badge_can_not_be_computed_again(site: Site, key: BoardKey) -> None:
    row = next(row for row in site.table(key).rows if row.id == "rendered/wan-base")
    entry = site.board.by_id[row.id]
    assert entry.judge is not None
    rejudged = Rejudged(
        date=row.added,
        share=0.1,
        seed=1,
        judge=entry.judge.fingerprint,
        samples=3,
        questions=12,
        agreed=12,
        lost=0,
        gained=0,
        version="0.1.0",
    )
    old = replace(entry, info=entry.info.model_copy(update={"rejudged": rejudged}))
    assert "Not recomputable" in entry_card(old, row).rejudged
    assert "Not recomputable" not in entry_card(replace(old, recomputable=True), row).rejudged


def test_the_answers_of_a_log_are_shown_one_a_row(site: Site) -> None:
    cells = answer_rows(site.run(site.board.by_id["rendered/wan-base"]))
    assert len(cells) == 24 * 4
    assert cells[0]["Answer"] == cells[0]["Expected"]  # the first sample is done rightly


def test_findings_of_its_videos_are_counted(site: Site) -> None:
    run = site.run(site.board.by_id["rendered/wan-base"])
    finding = Finding(level="warning", code="cut", subject="a.mp4", message="frame 2")
    first, *rest = run.videos
    marked = first.model_copy(update={"findings": (finding, finding)})
    found = replace(run, videos=(marked, *rest))
    assert findings_text(found) == f"Findings in its {len(run.videos)} videos: cut 1."
    clean = replace(run, videos=(first.model_copy(update={"findings": ()}),))
    assert findings_text(clean) == ""
