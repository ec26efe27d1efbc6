"""Every number of an entry computed again from its log, and everything else that can be checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import islice

from leaderboard.entries import names
from leaderboard.entries.board import Board, key_of
from leaderboard.entries.claims import Claims
from leaderboard.entries.duplicates import (
    VideoIndex,
    repeated_file,
    shared_videos,
    video_digests,
)
from leaderboard.entries.entry import BrokenEntry, Entry, read_entry_run, read_rows
from leaderboard.entries.entry_files import floor_files
from leaderboard.entries.entry_info import SampleResults
from leaderboard.entries.entry_people import score_people
from leaderboard.entries.entry_scores import score_floor, score_run
from leaderboard.entries.finding import Finding, note, wrong
from leaderboard.entries.plausibility import flat_scores, impossible_rows, odd_value
from leaderboard.entries.rejudged_answers import verify_rejudged
from leaderboard.report.run_facts import RANKED_FROM
from omiti2v.edition_versions import old_version_note
from omiti2v.errors import CannotWriteError, UserError
from omiti2v.reviews.people import PersonAnswer
from omiti2v.runs import Run
from omiti2v.scores import Estimate, Scores, same_scores

TOLERANCE = 1e-9
MAX_FINDINGS = 50
"""Of one entry."""

OLD_INTERVALS = "its intervals are those of before: shown as computed again, and not compared"


def verify_entries(
    board: Board,
    entries: Sequence[Entry | BrokenEntry],
    *,
    submitted: bool = False,
    progress: Callable[[], None] = lambda: None,
) -> list[Finding]:
    """Check entries of a board.

    Args:
        board: The whole board, to hold the entries against each other.
        entries: Those to check.
        submitted: The entries are handed in by their authors, who can have the badge `responses`
            only, and whose word on who they are does not do: the rest is for the maintainers.
        progress: Called after each entry.
    """
    findings: list[Finding] = []
    read = [entry for entry in entries if isinstance(entry, Entry)]
    new = {entry.id for entry in read} if submitted else set()
    claims = Claims(board.entries, taken={entry.id for entry in board.all}, new=new)
    for entry in entries:
        findings += _first_of(entry.id, _findings_of(board, claims, entry, submitted=submitted))
        progress()
    index = VideoIndex(board, board.entries, new=new)
    return [*findings, *shared_videos(index, read)]


def _findings_of(
    board: Board, claims: Claims, entry: Entry | BrokenEntry, *, submitted: bool
) -> Iterator[Finding]:
    if isinstance(entry, BrokenEntry):
        yield wrong(entry.id, "entry", entry.reason)
        return
    if submitted and entry.info.badge != "responses":
        allowed = "responses: the others are given by the maintainers"
        yield wrong(entry.id, "badge", allowed, stated=entry.info.badge)
    yield from claims.findings(entry)
    try:
        yield from _verify(board, entry, submitted=submitted)
    except CannotWriteError:
        raise  # this machine's fault, and not the entry's
    except UserError as error:
        yield wrong(entry.id, "log", str(error))


def _first_of(entry_id: str, findings: Iterator[Finding]) -> Iterator[Finding]:
    """As many findings as somebody reads, and the number of the others."""
    yield from islice(findings, MAX_FINDINGS)
    rest = Counter(finding.level for finding in findings)
    if rest:
        yield Finding(
            entry_id, "wrong" if rest["wrong"] else "note", "and more", "", f"{rest.total()} more"
        )


def _verify(board: Board, entry: Entry, *, submitted: bool) -> Iterator[Finding]:
    if entry.info.badge == "reported":
        problem = odd_value(entry.info.model_dump(mode="json"))
        if problem:
            yield wrong(entry.id, names.ENTRY, problem)
        return
    edition = board.edition(key_of(entry))
    if edition is None or entry.scores is None or entry.marks is None:
        raise UserError(f"{entry.id}: has no scores or no edition")
    if entry.info.badge == "exact":
        scores, marks = score_floor(edition)
        expected = floor_files(edition, added=entry.info.added)
        name = names.entry_path(entry.folder, entry.slug, names.ENTRY)
        if expected.get(name) != board.storage.path(name).read_bytes():
            yield wrong(entry.id, names.ENTRY, "not what the still floor says")
        yield from compare_numbers(entry.id, (entry.scores, entry.marks), (scores, marks))
        return
    run = read_entry_run(board.storage, entry)
    board.digests.setdefault(entry.id, video_digests(run.videos))
    for sentence in impossible_rows(run):
        yield wrong(entry.id, "log", sentence)
    scores, marks = score_run(run)
    yield from compare_numbers(entry.id, (entry.scores, entry.marks), (scores, marks))
    videos = scores.coverage["videos"].value
    if videos < RANKED_FROM:
        yield note(entry.id, "coverage:videos", f"{videos:.4f}: shown, not ranked")
    yield from _verify_people(board, entry, run, submitted=submitted)
    yield from _impossible_dates(entry)
    yield from verify_rejudged(board.storage, entry, run)
    yield from repeated_file(run, entry.id)


def _impossible_dates(entry: Entry) -> Iterator[Finding]:
    latest = datetime.now(UTC).date() + timedelta(days=1)  # it may be tomorrow elsewhere
    dates = {"added": (entry.info.added, FIRST_DAY)}
    if entry.info.rejudged:
        dates["rejudged.date"] = (entry.info.rejudged.date, entry.info.added)
    for field, (stated, earliest) in dates.items():
        if not earliest <= stated <= latest:
            expected = f"{earliest} to today"
            yield wrong(entry.id, field, expected, stated=str(stated))


def old_version_notes(entries: Iterable[Entry | BrokenEntry]) -> list[str]:
    """A line for each version of OmitI2V-Open, not the current one, that entries are of."""
    counts = Counter(
        entry.edition.fingerprint for entry in entries if isinstance(entry, Entry) and entry.edition
    )
    return [
        f"{count} {'entry is' if count == 1 else 'entries are'} {old}"
        for fingerprint, count in counts.items()
        if (old := old_version_note(fingerprint))
    ]


FIRST_DAY = date(2025, 1, 1)
"""No entry is older than the benchmark."""


def _verify_people(board: Board, entry: Entry, run: Run, *, submitted: bool) -> Iterator[Finding]:
    """The scores anchored in people's answers, from the answers kept with the entry."""
    if entry.people is None:
        return
    rows = read_rows(board.storage, entry, names.PEOPLE_ANSWERS, PersonAnswer)
    found = score_people(run, rows, entry.people.choice).model_dump()
    stated = entry.people.scores.model_dump()
    for name in sorted(found.keys() - {"scores"}):
        if found[name] != stated[name]:
            what = f"people:{name}"
            yield wrong(entry.id, what, str(found[name]), stated=str(stated[name]))
    for name in sorted(found["scores"].keys() | stated["scores"].keys()):
        one, other = (table["scores"].get(name) for table in (stated, found))
        if one is None or other is None:
            yield wrong(entry.id, f"people:{name}", "there" if other else "not there")
            continue
        for field, value in other.items():
            if abs(value - one[field]) > TOLERANCE:
                what = f"people:{name} {field}"
                yield wrong(entry.id, what, f"{value:.6g}", stated=f"{one[field]:.6g}")
    if submitted:
        who = "people's answers come from whoever hands the entry in"
        yield note(entry.id, names.PEOPLE_ANSWERS, who)


def compare_numbers(
    entry_id: str, stated: tuple[Scores, SampleResults], found: tuple[Scores, SampleResults]
) -> Iterator[Finding]:
    """Every number in which what is stated differs from what was found."""
    if stated[0].intervals != found[0].intervals:
        yield note(entry_id, names.SCORES, OLD_INTERVALS)
    if stated[1] != found[1]:
        yield wrong(entry_id, names.MARKS, "differs from what the log gives")
    if not same_scores(stated[0], found[0], tolerance=TOLERANCE):
        told = list(differences(entry_id, stated[0], found[0]))
        # What no number shows: a mark, an empty table.
        yield from told or [wrong(entry_id, names.SCORES, "differs from what the log gives")]


def differences(entry_id: str, stated: Scores, found: Scores) -> Iterator[Finding]:
    """A finding for each number that differs, is missing, or is too many."""
    fields = ["value", "n", *(("low", "high") if stated.intervals == found.intervals else ())]
    for name in ("samples", "missing", "resamples", "seed", "judge_unavailable"):
        one, other = getattr(stated, name), getattr(found, name)
        if one != other:
            yield wrong(entry_id, name, str(other), stated=str(one))
    if not same_scores(found.model_copy(update={"takes": stated.takes}), found):
        yield wrong(entry_id, "takes", "differs from what the log gives")
    ours, theirs = flat_scores(found), flat_scores(stated)
    # The scores before their breakdowns: the first are what somebody reads.
    for name in sorted(ours.keys() | theirs.keys(), key=lambda name: (":" in name, name)):
        a, b = theirs.get(name), ours.get(name)
        if stated.soft is None and name.startswith("soft:"):
            continue  # an entry of before
        if a is None or b is None:
            yield wrong(entry_id, name, _text(b), stated=_text(a))
            continue
        for field in fields:
            one, other = getattr(a, field), getattr(b, field)
            if not _same(one, other):
                what = name if field == "value" else f"{name} {field}"
                yield wrong(entry_id, what, _number(other), stated=_number(one))


def _same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= TOLERANCE * max(1.0, abs(one), abs(other))


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.6g}"


def _text(estimate: Estimate | None) -> str:
    return f"{estimate.value:.6g}" if estimate else "not there"


def verify_editions(board: Board) -> list[Finding]:
    """Whether the board's editions are what their names say, and in use."""
    used = {
        entry.edition.fingerprint: entry.edition.name for entry in board.entries if entry.edition
    }
    findings = []
    for file in sorted(name for name in board.storage.names if name.startswith(names.EDITIONS)):
        fingerprint = file.removeprefix(f"{names.EDITIONS}/").removesuffix(".jsonl.gz")
        name = used.get(fingerprint)
        if name is None:
            findings.append(note(file, "edition", "no entry is about it"))
            continue
        key = next(key for key in board.tables if key.edition_fingerprint == fingerprint)
        try:
            board.edition(key)
        except CannotWriteError:
            raise
        except UserError as error:
            findings.append(wrong(file, "edition", str(error)))
    return findings
