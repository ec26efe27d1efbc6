"""What a table says: numbers that the logs give, and no more than they show."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from leaderboard.entries import (
    PACKAGED,
    Board,
    BoardKey,
    Row,
    Table,
    load_board,
    make_table,
    open_storage,
)
from leaderboard.entries.entry import read_entry_run
from leaderboard.entries.headline import (
    Headline,
    JudgeErrors,
    Named,
    headline,
    table_headline,
)
from leaderboard.entries.ranking import BoardFamily, RankedBy, RowRank
from leaderboard.entries.table import table_family
from omiti2v.calibration import Calibration
from omiti2v.estimation.differences import (
    CorrectedDifferences,
    EstimatedDifference,
    corrected_differences,
)
from omiti2v.responses import Response
from omiti2v.runs import Run
from omiti2v.samples import Question, Sample
from omiti2v.scores import Estimate

from .conftest import right, still

NONE_MEASURED = "has not been measured on this board"


def says(board: Board, key: BoardKey, by: RankedBy | None = None) -> Headline:
    family = table_family(board, key)
    return table_headline(board, make_table(board, key, by=by, family=family), family)


def key_named(board: Board, judge: str) -> BoardKey:
    return next(key for key in board.tables if key.judge == judge)


@pytest.fixture(scope="module")
def packaged() -> Board:
    return load_board(open_storage())


def success_of(run: Run) -> float:
    """Share of the samples whose every answer is the expected one, from the log alone."""
    given: dict[str, list[Response]] = {}
    for row in run.responses:
        given.setdefault(row.sample_id, []).append(row)
    expected = {(s.id, q.id): q.expected_answer for s in run.samples for q in s.questions}
    whole = [
        len(given.get(sample.id, ())) == len(sample.questions)
        and all(row.answer == expected[sample.id, row.question_id] for row in given[sample.id])
        for sample in run.samples
    ]
    return float(np.mean(whole))


def test_the_leader_and_its_lead_are_those_of_the_logs(board: Board) -> None:
    key = key_named(board, "a judge")
    found = says(board, key)
    entries = [entry for entry in board.tables[key] if entry.run and entry.run.judge]
    values = {entry.id: success_of(read_entry_run(board.storage, entry)) for entry in entries}
    del values["open/half"], values["open/mixed"]  # videos and answers are missing: no rank
    first, second = sorted(values, key=lambda entry: -values[entry])[:2]
    assert found.leader and found.second
    assert found.leader.id == first == "open/perfect"
    assert values[found.second.id] == values[second]
    assert found.lead == pytest.approx(values[first] - values[second])
    assert f"{100 * found.lead:.1f} points above" in found.text
    assert "perfect leads on open, judged by a judge: success 100.0" in found.text


def test_what_is_proven_is_what_the_ranks_say(board: Board) -> None:
    key = key_named(board, "a judge")
    family = table_family(board, key)
    for by in family.values:
        table = make_table(board, key, by=by, family=family)
        found = headline(table, family, None)
        ranks = {row.id: row.standing for row in table.rows if row.standing}
        assert [row.id for row in found.first] == [i for i, r in ranks.items() if r.best == 1]
        assert (found.kind == "proven") == (ranks[found.leader.id] == RowRank(1, 1))  # type: ignore[union-attr]
        assert ("is not proven" in found.text) == (found.kind == "open" and bool(found.lead))


def test_entries_that_are_not_told_apart_share_the_first_place(
    make_run: Callable[..., Run], add: Callable[..., str], load: Callable[[], Board]
) -> None:
    def but_one(sample: Sample, question: Question) -> str:
        return (still if sample.id == "s000" else right)(sample, question)

    add(make_run("one"), make_run("two", but_one), make_run("three", still))
    (key,) = load().tables
    found = says(load(), key)
    assert found.kind == "open"
    assert found.p_value and found.p_value > 0.05
    assert "one has the highest success on open, judged by a judge" in found.text
    assert "That difference is not proven (p = " in found.text
    assert "adjusted over all 3 pairs of the table): first place may be that of one or two." in (
        found.text
    )
    assert "The answers behind both are as handed in" in found.text
    assert NONE_MEASURED in found.text


def test_equal_scores_are_no_lead(
    make_run: Callable[..., Run], add: Callable[..., str], load: Callable[[], Board]
) -> None:
    add(make_run("one"), make_run("two"))
    (key,) = load().tables
    found = says(load(), key)
    assert (found.lead, found.kind) == (0.0, "open")
    assert "one and two share the highest success" in found.text
    assert "They are not told apart" in found.text


def test_one_entry_alone_says_so_and_how_the_next_is_added(
    make_run: Callable[..., Run], add: Callable[..., str], load: Callable[[], Board]
) -> None:
    add(make_run("one"))
    (key,) = load().tables
    found = says(load(), key)
    assert (found.kind, found.second, found.lead) == ("one", None, None)
    assert "Only one stands on open" in found.text
    assert found.commands[0].startswith("omiti2v score VIDEOS -o RUN --edition ")
    assert found.commands[1] == "omiti2v leaderboard add RUN --board BOARD"


def test_a_table_without_ranks_has_no_leader(board: Board) -> None:
    found = says(board, key_named(board, ""))
    assert (found.kind, found.leader, found.commands) == ("none", None, ())
    assert found.text.startswith("Nobody leads on open: the one entry has no rank.")


def test_an_edition_with_the_floor_alone_waits_for_a_method(packaged: Board) -> None:
    found = says(packaged, next(key for key in packaged.tables if key.edition == "open"))
    assert found.text.startswith("No method stands on open 1.0 yet. Still floor is a reference")
    assert "--edition open" in found.commands[0]


def test_published_numbers_are_named_and_not_called_proven(packaged: Board) -> None:
    found = says(packaged, next(key for key in packaged.tables if key.edition == "official"))
    with (PACKAGED / "reported-results.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    means = sorted(
        (
            (sum(float(row[name]) for name in ("addition", "deletion", "modification")) / 3, row)
            for row in rows
        ),
        key=lambda pair: -pair[0],
    )
    assert found.kind == "published"
    assert found.leader and found.second
    assert [found.leader.name, found.second.name] == [row["row"] for _, row in means[:2]]
    assert found.lead == pytest.approx((means[0][0] - means[1][0]) / 100)
    assert found.p_value is None
    assert "has the highest published semantic average" in found.text
    assert "Whether that difference is real can't be told" in found.text
    assert "paper (ICML 2026)" in found.text
    assert NONE_MEASURED in found.text


def test_what_the_judges_errors_explain_is_the_corrected_difference(packaged: Board) -> None:
    key = next(key for key in packaged.tables if key.edition == "known-answer")
    found = says(packaged, key, "accuracy")
    calibration = packaged.calibration(key)
    assert calibration and found.leader and found.second
    first, second = (
        read_entry_run(packaged.storage, packaged.by_id[row.id])
        for row in (found.leader, found.second)
    )
    row = corrected_differences(second, first, first.edition.samples, calibration).scores[
        "accuracy"
    ]
    span = f"{100 * row.difference:+.1f} [{100 * row.low:+.1f}, {100 * row.high:+.1f}] points"
    assert f"corrected for that, the difference is {span}" in found.text
    wrong = calibration.overall["accuracy"]
    assert wrong
    assert f"tiny answers {100 * (1 - wrong.value):.1f}" in found.text


@pytest.fixture(scope="module")
def calibration(packaged: Board) -> Calibration:
    key = next(key for key in packaged.tables if key.edition == "known-answer")
    found = packaged.calibration(key)
    assert found
    return found


@pytest.fixture(scope="module")
def two_rows(packaged: Board) -> Callable[[RankedBy], tuple[Table, BoardFamily]]:
    """Two rows, the first better by 20 points, told apart."""
    key = next(key for key in packaged.tables if key.edition == "known-answer")

    def build(by: RankedBy) -> tuple[Table, BoardFamily]:
        values = (0.3, 0.5) if by == "negligence" else (0.5, 0.3)
        rows = tuple(
            replace(
                row,
                figures={by: Estimate(value=value, low=value - 0.1, high=value + 0.1, n=48)},
                standing=RowRank(place, place),
            )
            for row, value, place in zip(
                make_table(packaged, key).rows[:2], values, (1, 2), strict=True
            )
        )
        family = BoardFamily(
            tuple(row.id for row in rows),
            {by: np.array(values)},
            {by: np.array([[np.nan, 0.01], [0.01, np.nan]])},
        )
        return Table(key, by, rows, None, pairs=1), family

    return build


@pytest.mark.parametrize("by", ["success", "negligence"])
@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.05, 0.3, "errors like these do not explain it"),
        (-0.05, 0.3, "errors like these could explain all of it"),
        (-0.4, -0.1, "errors like these would turn it around"),
    ],
)
def test_the_judges_errors_explain_a_lead_whose_interval_reaches_0(
    calibration: Calibration,
    two_rows: Callable[[RankedBy], tuple[Table, BoardFamily]],
    by: RankedBy,
    low: float,
    high: float,
    words: str,
) -> None:
    name = "negligent" if by == "negligence" else by
    if by == "negligence":
        low, high = -high, -low  # less is better
    row = EstimatedDifference(a=0.3, b=0.5, difference=(low + high) / 2, low=low, high=high)
    corrected = CorrectedDifferences(
        ground="drawn", scenes=30, same_kind=False, scores={name: row}, refused={}
    )
    found = headline(*two_rows(by), JudgeErrors(calibration, corrected))
    assert words in found.text
    assert "These videos are of another kind" in found.text
    refused = headline(*two_rows(by), JudgeErrors(calibration, None, "the reason"))
    assert "make of that difference can't be told: the reason." in refused.text


def test_names_stand_apart_from_the_words(
    two_rows: Callable[[RankedBy], tuple[Table, BoardFamily]],
) -> None:
    table, family = two_rows("success")
    name = "A leads. <b>B</b>"
    first: Row = replace(table.rows[0], name=name, version=2)
    found = headline(replace(table, rows=(first, table.rows[1])), family, None)
    assert found.sentences[0][0] == Named(first.id, f"{name} (v2)")
    assert found.text.startswith(f"{name} (v2) leads on known-answer")


def test_rows_whose_videos_were_judged_again_are_not_called_unchecked(
    two_rows: Callable[[RankedBy], tuple[Table, BoardFamily]],
) -> None:
    table, family = two_rows("success")
    checked = [replace(row, badge="videos") for row in table.rows]
    assert "handed in" not in headline(replace(table, rows=tuple(checked)), family, None).text
    half = replace(table, rows=(checked[0], table.rows[1]))
    assert f"The answers behind {table.rows[1].name} are as handed in" in (
        headline(half, family, None).text
    )
