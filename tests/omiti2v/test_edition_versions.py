"""Versions of OmitI2V-Open: known by fingerprint, named wherever an edition is."""

from __future__ import annotations

from omiti2v import load_edition
from omiti2v.dataset.load import PACKAGE
from omiti2v.edition_versions import (
    CURRENT,
    VERSIONS,
    edition_label,
    old_version_note,
    stale_table,
    version_of,
)

FIRST = "31f8402c6c20dd0fe43a5dde8987de30730db110324161dda0afa1009e6c7278"
UNKNOWN = "92aed31364f3328f" * 4


def test_the_newest_version_is_the_compiled_edition() -> None:
    """Where this fails, the message says what to put into omiti2v/edition_versions.py."""
    edition = load_edition()
    stale = stale_table(version=edition.version, fingerprint=edition.fingerprint)
    assert stale is None, stale


def test_versions_follow_one_another_and_are_told_apart() -> None:
    assert [known.version for known in VERSIONS[:2]] == ["0.9", "1.0"]
    assert VERSIONS[0].fingerprint == FIRST
    days = [known.released for known in VERSIONS]
    assert days == sorted(days)
    for field in ("version", "fingerprint"):
        assert len({getattr(known, field) for known in VERSIONS}) == len(VERSIONS)


def test_an_edition_is_named_with_its_version_where_that_is_known() -> None:
    assert edition_label("open", FIRST) == "open 0.9 (31f8402c6c20)"
    assert edition_label("mine", UNKNOWN) == "mine 92aed31364f3"


def test_only_results_on_an_old_version_carry_a_note() -> None:
    assert old_version_note(FIRST) == (
        f"of OmitI2V-Open 0.9, not of {CURRENT.version}, the current version: scores on the two "
        "are not comparable"
    )
    assert old_version_note(CURRENT.fingerprint) is None
    assert old_version_note(UNKNOWN) is None
    assert old_version_note("") is None  # a board's published numbers
    assert version_of(UNKNOWN) is None


def test_a_table_behind_the_annotations_is_told_with_what_belongs_there() -> None:
    now = {"version": CURRENT.version, "fingerprint": CURRENT.fingerprint}
    assert stale_table(**now) is None
    assert f'paste "{UNKNOWN}"' in (stale_table(**now | {"fingerprint": UNKNOWN}) or "")
    assert "samples are those of 0.9" in (stale_table(**now | {"fingerprint": FIRST}) or "")
    assert "make them the same" in (stale_table(version=None, fingerprint=FIRST) or "")


def test_the_dataset_card_tells_every_version_and_is_cited_as_the_current_one() -> None:
    card = (PACKAGE / "README.md").read_text()
    for known in VERSIONS:
        (row,) = [row for row in card.splitlines() if row.startswith(f"| {known.version} | ")]
        assert f"| {known.released} |" in row
        assert row.endswith(f"| {known.changes} |")
        if known is not CURRENT:
            assert f"`{known.fingerprint[:12]}..." in row
    assert f"note   = {{Version {CURRENT.version}}}" in card
