"""What a table says, in the sentences that stand before it: who leads, by how much, and whether
that is real.

Words follow from the table, its family of tests and its judge's calibration alone. Ranks and
verdicts are those of `leaderboard.entries.ranking`; what the judge's errors explain is told by the
corrected difference of `omiti2v.estimation`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from leaderboard.entries.board import Board, BoardKey
from leaderboard.entries.display_text import display_text
from leaderboard.entries.entry import read_entry_run
from leaderboard.entries.ranking import RANKED_BY, BoardFamily
from leaderboard.entries.table import Figure, Row, Table
from omiti2v.calibration import Calibration
from omiti2v.comparison.verdict import verdict
from omiti2v.definitions import NEGLIGENCE, SCORES, SUCCESS
from omiti2v.edition_versions import version_of, versioned_name
from omiti2v.errors import UserError
from omiti2v.estimation.differences import CorrectedDifferences, corrected_differences
from omiti2v.number_format import bracketed, p_equation, percent, points, signed_percent, with_unit
from omiti2v.plurals import counted
from omiti2v.scores import Estimate

LABELS = {"success": SUCCESS.label, "negligence": NEGLIGENCE.label} | {
    name: definition.label for name, definition in SCORES.items()
}
_MAX_NAMED = 4
_ROUNDING = 1e-9
_CORRECTED_AS = {"negligence": "negligent"}


@dataclass(frozen=True)
class Named:
    """A row, as a sentence names it.

    Attributes:
        id: Its entry.
        name: Its name with the version, from the second on.
    """

    id: str
    name: str


Sentence = tuple[str | Named, ...]
"""Words and the rows that they name; a name is whatever its author chose."""


@dataclass(frozen=True)
class Headline:
    """What a table says.

    Attributes:
        kind: `proven` where the first place is one row's, `open` where it may be several rows',
            `published` where no row has a log, `one` where a single row has the score, `none` where
            no row has it.
        leader: The row with the best score; None for `none`.
        second: The next one; None for `none` and `one`.
        lead: By how much the leader is better than the second, a fraction; None as above.
        p_value: Of that difference, adjusted in the family; None where there is no test.
        first: Rows that the first place may belong to; empty where none is ranked.
        sentences: All of it in words.
        commands: How to add an entry, where there is none to hold another against.
    """

    kind: Literal["proven", "open", "published", "one", "none"]
    leader: Row | None
    second: Row | None
    lead: float | None
    p_value: float | None
    first: tuple[Row, ...]
    sentences: tuple[Sentence, ...]
    commands: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The sentences as one text."""
        return " ".join(map(as_text, self.sentences))


def as_text(sentence: Sentence) -> str:
    """A sentence without its links."""
    return "".join(part if isinstance(part, str) else part.name for part in sentence)


@dataclass(frozen=True)
class JudgeErrors:
    """What is known of a table's judge.

    Attributes:
        calibration: Its measured errors.
        corrected: The leader less the second, both corrected by them; None where they can't be.
        why_not: The reason.
    """

    calibration: Calibration
    corrected: CorrectedDifferences | None
    why_not: str = ""


def table_headline(board: Board, table: Table, family: BoardFamily) -> Headline:
    """The headline of a table of a board.

    Args:
        board: The board; the logs of two entries are read where their judge was calibrated.
        table: One of its tables.
        family: Its tests.

    Raises:
        UserError: The judge's calibration is broken.
    """
    return headline(table, family, _judge_errors(board, table))


def _judge_errors(board: Board, table: Table) -> JudgeErrors | None:
    calibration = board.calibration(table.key)
    if calibration is None:
        return None
    rows = _ranked(table)
    if len(rows) < 2:
        return JudgeErrors(calibration, None)
    try:
        edition = board.edition(table.key)
        first, second = (read_entry_run(board.storage, board.by_id[row.id]) for row in rows[:2])
        samples = edition.samples if edition else ()
        # All samples of the edition: one without a video counts 0, as in every score of a board.
        found = corrected_differences(second, first, samples, calibration)
    except UserError as error:
        return JudgeErrors(calibration, None, str(error))
    name = _CORRECTED_AS.get(table.by, table.by)
    return JudgeErrors(calibration, found, found.refused.get(name, ""))


def headline(table: Table, family: BoardFamily, errors: JudgeErrors | None) -> Headline:
    """What a table says.

    Args:
        table: Its rows in the order of their score.
        family: Its tests.
        errors: Of its judge; None where they have not been measured.
    """
    ranked = _ranked(table)
    rows = ranked or [
        row for row in table.rows if row.badge == "reported" and table.by in row.figures
    ]
    if not rows:
        entered = any(row.badge != "exact" for row in table.rows)
        how = () if entered else how_to_add(table.key)
        return Headline("none", None, None, None, None, (), (_nothing(table),), how)
    if len(rows) == 1:
        alone = (_only(table, rows[0]), *_errors_alone(table.key, errors), *_unchecked(rows))
        how = how_to_add(table.key)
        return Headline("one", rows[0], None, None, None, tuple(ranked), alone, how)
    leader, second = rows[:2]
    lead = abs(leader.figures[table.by].value - second.figures[table.by].value)
    lead = 0.0 if lead < _ROUNDING else lead
    if not ranked:
        said = (
            _best(table, leader, second, lead, published=True),
            _untold(leader, second),
            *_errors_alone(table.key, errors),
        )
        return Headline("published", leader, second, lead, None, (), said)
    first = tuple(row for row in ranked if row.standing and row.standing.best == 1)
    pair = family.pair(leader.id, second.id)
    p_value = pair.p_values.get(table.by) if pair else None
    kind: Literal["proven", "open"] = "proven" if len(first) == 1 else "open"
    said = (
        _best(table, leader, second, lead, proven=kind == "proven"),
        _real(table, first, second, lead, p_value),
        *_explained(table, lead, errors),
        *_unchecked((leader, second)),
    )
    return Headline(kind, leader, second, lead, p_value, first, said)


def named(row: Row) -> Named:
    """A row as sentences name it."""
    return Named(row.id, row.title)


def figure_words(figure: Figure) -> str:
    """A share with its interval, as `41.7 % [33.1, 50.2]`."""
    value = with_unit(percent(figure.value))
    if not isinstance(figure, Estimate) or figure.low is None:
        return value
    return f"{value} {bracketed(figure.low, figure.high)}"


def table_words(key: BoardKey) -> str:
    """A table's edition and judge, as `open 1.0, judged by tiny`."""
    edition = versioned_name(display_text(key.edition), key.edition_fingerprint)
    return f"{edition}, judged by {display_text(key.judge)}" if key.judge else edition


def how_to_add(key: BoardKey) -> tuple[str, ...]:
    """The commands that put an entry into a table, but for what only its author knows."""
    edition = "open" if version_of(key.edition_fingerprint) else "EDITION"
    return (
        f"omiti2v score VIDEOS -o RUN --edition {edition} --judge JUDGE",
        "omiti2v leaderboard add RUN --board BOARD",
    )


def _ranked(table: Table) -> list[Row]:
    return [row for row in table.rows if row.standing and table.by in row.figures]


def _label(table: Table) -> str:
    return LABELS[table.by].lower()


def _best(
    table: Table,
    leader: Row,
    second: Row,
    lead: float,
    *,
    proven: bool = False,
    published: bool = False,
) -> Sentence:
    higher = RANKED_BY[table.by]
    best = f"the {'highest' if higher else 'lowest'} {'published ' * published}{_label(table)}"
    value = figure_words(leader.figures[table.by])
    where = f" on {table_words(table.key)}"
    if not lead:
        return (named(leader), " and ", named(second), f" share {best}{where}: {value}.")
    verb = f" leads{where}: {_label(table)} " if proven else f" has {best}{where}: "
    side = "above" if higher else "below"
    return (named(leader), f"{verb}{value}, {points(lead)} {side} ", named(second), ".")


def _real(
    table: Table, first: Sequence[Row], second: Row, lead: float, p_value: float | None
) -> Sentence:
    family = "the only pair" if table.pairs == 1 else f"all {table.pairs} pairs of the table"
    p_words = "" if p_value is None else f" ({p_equation(p_value)}, adjusted over {family})"
    if len(first) == 1:
        others = ", and so is its lead over every other ranked entry" if table.pairs > 1 else ""
        return (f"That difference is real{p_words}{others}.",)
    told = p_value is not None and verdict(lead, p_value) == "higher"
    start = "That difference is real" if told else "That difference is not proven"
    if not lead:
        start = "They are not told apart"
    return (f"{start}{p_words}: first place may be that of ", *_listed(first), ".")


def _listed(rows: Sequence[Row]) -> Sentence:
    shown = list(rows[: len(rows) if len(rows) <= _MAX_NAMED + 1 else _MAX_NAMED])
    left = len(rows) - len(shown)
    parts: list[str | Named] = []
    for place, row in enumerate(shown):
        last = place == len(shown) - 1 and not left
        parts += ["" if place == 0 else " or " if last else ", ", named(row)]
    if left:
        parts.append(f" or {counted(left, 'other')}")
    return tuple(parts)


def _untold(leader: Row, second: Row) -> Sentence:
    sources = " and ".join(dict.fromkeys((leader.source, second.source)))
    return (
        f"Whether that difference is real can't be told: the numbers come from {sources}, without "
        "logs of answers, so that no sample of one can be held against the same sample of the "
        "other.",
    )


def _errors_alone(key: BoardKey, errors: JudgeErrors | None) -> tuple[Sentence, ...]:
    if errors:
        return ((f"{_wrong(errors.calibration)}.",),)
    if not key.judge:
        return ()
    return (
        (
            f"How often {display_text(key.judge)} errs has not been measured on this board, so "
            "what its errors could explain is not known.",
        ),
    )


def _wrong(calibration: Calibration) -> str:
    where, shares = calibration.by_ground[0]
    accuracy = shares.get("accuracy")
    judge = display_text(calibration.judge.name)
    if accuracy is None:
        return f"Nothing is known of how often {judge} errs on {where}"
    wrong = Estimate(
        value=1 - accuracy.value,
        low=None if accuracy.high is None else 1 - accuracy.high,
        high=None if accuracy.low is None else 1 - accuracy.low,
        n=accuracy.n,
    )
    return f"On {where}, {judge} answers {figure_words(wrong)} of the questions wrongly"


def _explained(table: Table, lead: float, errors: JudgeErrors | None) -> tuple[Sentence, ...]:
    """What the judge's errors make of the difference."""
    if errors is None or not lead:
        return _errors_alone(table.key, errors)
    wrong = _wrong(errors.calibration)
    found = errors.corrected
    row = found.scores.get(_CORRECTED_AS.get(table.by, table.by)) if found else None
    if row is None or found is None:
        why = errors.why_not or "the calibration corrects no such score"
        return ((f"{wrong}. What such errors make of that difference can't be told: {why}.",),)
    higher = RANKED_BY[table.by]
    span = f"{signed_percent(row.difference)} {bracketed(row.low, row.high, signed_percent)}"
    low, high = (row.low, row.high) if higher else (-row.high, -row.low)
    if low > 0:
        says = "errors like these do not explain it"
    elif high < 0:
        says = "errors like these would turn it around"
    else:
        says = "errors like these could explain all of it"
    kind = "" if found.same_kind else " These videos are of another kind, on which it may err more."
    return ((f"{wrong}; corrected for that, the difference is {span} points: {says}.{kind}",),)


def _unchecked(rows: Sequence[Row]) -> tuple[Sentence, ...]:
    bare = [row for row in rows if row.badge == "responses"]
    if not bare:
        return ()
    whose: Sentence = (named(bare[0]),) if len(bare) == 1 else ("both",)
    return (
        ("The answers behind ", *whose, " are as handed in: nobody has judged the videos again."),
    )


def _only(table: Table, row: Row) -> Sentence:
    others = sum(other.badge != "exact" for other in table.rows) - 1
    beside = f" has a rank, of {others + 1} entries," if others else " stands"
    value = figure_words(row.figures[table.by])
    return (
        "Only ",
        named(row),
        f"{beside} on {table_words(table.key)}: {_label(table)} {value}. There is nothing to hold "
        "it against yet; the next is added by the commands below.",
    )


def _nothing(table: Table) -> Sentence:
    where = table_words(table.key)
    entries = sum(row.badge != "exact" for row in table.rows)
    if entries:
        count = "the one entry" if entries == 1 else f"none of the {entries} entries"
        return (f"Nobody leads on {where}: {count} has {'no' if entries == 1 else 'a'} rank.",)
    lines = [part for row in table.rows for part in (named(row), " is a reference line. ")]
    return (
        f"No method stands on {where} yet. ",
        *lines,
        "The first is added by the commands below.",
    )
