"""What `verify` says of entries forged in thirty ways, and of the honest ones beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.forged_board.board import (
    EDITION,
    HONEST,
    PAGE,
    all_forgeries,
    as_table,
    findings_by_entry,
    findings_of_pull_requests,
    write_forged_board,
)
from lab.forged_board.forgeries import Forgery
from lab.tables import fill
from leaderboard.entries import load_board, open_storage
from leaderboard.entries.finding import Finding

ROOT = Path(__file__).resolve().parents[2]
# All that a pull request may bring is refused but these, which a person looks at, or nobody finds.
TAKEN = {"judge-f", "videos-b", "videos-d", "log-d"}


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("forged")
    write_forged_board(folder)
    return folder


@pytest.fixture(scope="module")
def findings(board: Path) -> dict[str, list[Finding]]:
    return findings_by_entry(board)


@pytest.fixture(scope="module")
def handed_in() -> dict[str, list[Finding]]:
    return findings_of_pull_requests()


@pytest.mark.parametrize("forgery", all_forgeries(), ids=lambda forgery: forgery.slug)
def test_what_is_said_of_a_forged_entry(
    findings: dict[str, list[Finding]], forgery: Forgery
) -> None:
    found = findings[f"{EDITION}/{forgery.slug}"]
    if forgery.level is None:
        assert found == []
        return
    assert any(row.level == forgery.level and forgery.says in row.found for row in found), found
    if forgery.level == "note":
        assert {row.level for row in found} == {"note"}


def test_the_honest_hold_beside_them(findings: dict[str, list[Finding]]) -> None:
    forged = {f"{EDITION}/{forgery.slug}" for forgery in all_forgeries()}
    honest = findings.keys() - forged
    assert (len(honest), len(forged)) == (len(HONEST), 30)
    said = {(row.level, row.what) for name in honest for row in findings[name]}
    # One control shares its videos with the two that it is made of.
    assert said <= {("note", "videos")}


def test_a_pull_request_is_taken_only_where_a_person_must_look(
    handed_in: dict[str, list[Finding]],
) -> None:
    refused = {
        name.rpartition("/")[2]
        for name, rows in handed_in.items()
        if any(row.level == "wrong" for row in rows)
    }
    assert {forgery.slug for forgery in all_forgeries()} - refused == TAKEN


def test_a_table_has_the_name_that_its_judge_s_identity_bears_out(board: Path) -> None:
    tables = {key.judge_fingerprint: key.judge for key in load_board(open_storage(board)).tables}
    judges = sorted(name for fingerprint, name in tables.items() if fingerprint)
    assert judges == ["GPT-5 (as claimed)", "tiny", "tíny (as claimed)"]


def test_the_page_has_the_table(
    board: Path, findings: dict[str, list[Finding]], handed_in: dict[str, list[Finding]]
) -> None:
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    table = as_table(board, findings, handed_in)
    assert fill(page, {"forged": table}) == page, "run python -m lab.forged_board"
