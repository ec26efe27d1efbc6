"""Rows of a run's logs that can't be used, line by line, and a copy of the run without them.

Looked for only where reading has failed: what is found is every line with what is wrong with it,
not the first alone.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from omiti2v.editions import Edition
from omiti2v.errors import CannotWriteError, UserError
from omiti2v.findings import VideoReport
from omiti2v.records import TOO_LONG, numbered_lines, parse_record, write_atomically
from omiti2v.responses import Measurement, Response
from omiti2v.runs.info import RunInfo
from omiti2v.runs.paths import RunPaths
from omiti2v.runs.row_rules import Row, RowRules, digest_of, row_key


@dataclass
class _Line:
    path: Path
    number: int
    row: Row | None = None
    problem: str | None = None
    repeated: bool = False


@dataclass(frozen=True)
class BadRow:
    """A line of a log that can't be used.

    Attributes:
        path: The log.
        number: Of the line, from 1.
        problem: What is wrong with it.
    """

    path: Path
    number: int
    problem: str

    def __str__(self) -> str:
        return f"{self.path}:{self.number}: {self.problem}"


def find_bad_rows(paths: RunPaths, info: RunInfo, edition: Edition) -> list[BadRow]:
    """Every line of the logs that is no row of this run.

    It is no record, or of something that the run does not cover; or two rows say different things
    of one, of which none is to be believed; or it is about another file than most rows of its
    video. A row that is there twice is none: it says the same.

    Raises:
        UserError: A log can't be read at all.
    """
    return [
        BadRow(line.path, line.number, line.problem)
        for line in _examine(paths, info, edition)
        if line.problem
    ]


def way_out(bad: list[BadRow], folder: Path) -> UserError:
    """The error that names bad rows, and the command that drops them."""
    more = f" (and {len(bad) - 1} more)" if len(bad) > 1 else ""
    return UserError(
        f"{bad[0]}{more}; `omiti2v rescore {folder} --drop-bad-rows COPY` writes a copy of the run "
        f"without {'them' if more else 'it'}, which `omiti2v score` completes"
    )


def copy_good_rows(paths: RunPaths, info: RunInfo, edition: Edition, target: Path) -> list[BadRow]:
    """Copy a run folder but for its bad rows and what is computed from the logs.

    Args:
        paths, info, edition: Of the run, which stays as it is.
        target: A folder that is not there yet; it appears as a whole, or, without bad rows, not at
            all.

    Returns:
        The rows that were left out.

    Raises:
        UserError: A file can't be read or written, or the target is there.
    """
    if os.path.lexists(target):
        raise UserError(f"{target}: is there already; give a new folder")
    if target.resolve().is_relative_to(paths.folder.resolve()):
        raise UserError(f"{target}: lies in the run, which stays as it is; give another place")
    lines = _examine(paths, info, edition)
    bad = [BadRow(line.path, line.number, line.problem) for line in lines if line.problem]
    if not bad:
        return bad
    logs = (paths.videos, paths.responses, paths.measurements)
    left = {path.name for path in (*logs, paths.check, paths.scores, paths.report)}
    draft = target.with_name(f".{target.name}.{os.getpid()}")

    def leave_out(folder: str, names: list[str]) -> Iterable[str]:
        return left.intersection(names) if Path(folder) == paths.folder else ()

    try:
        shutil.copytree(paths.folder, draft, symlinks=True, ignore=leave_out)
        for path in logs:
            rows = (line.row for line in lines if line.path == path and not line.repeated)
            kept = (f"{row.model_dump_json()}\n" for row in rows if row)
            write_atomically(draft / path.name, kept)
        draft.rename(target)
    except shutil.Error as error:
        # A list of (source, target, reason), often with one reason for all.
        reason = str(error.args[0][0][2]).rpartition("] ")[2].partition(":")[0]
        raise UserError(
            f"{target}: can't be written: {reason}; see to the disk, or give another place"
        ) from None
    except OSError as error:
        raise CannotWriteError(target, error) from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return bad


def _examine(paths: RunPaths, info: RunInfo, edition: Edition) -> list[_Line]:
    lines = [
        *_lines_of(paths.videos, VideoReport),
        *_lines_of(paths.responses, Response),
        *_lines_of(paths.measurements, Measurement),
    ]
    rules = RowRules(info, edition)
    for line in lines:
        if line.row:
            _refuse(line, rules.problem(line.row))
    _refuse_contradictions(lines)
    _refuse_other_files(lines)
    return lines


def _lines_of(
    path: Path, model: type[VideoReport] | type[Response] | type[Measurement]
) -> Iterator[_Line]:
    if not os.path.lexists(path):
        return
    for number, text in numbered_lines(path, torn_tail=True):
        if text is None:
            yield _Line(path, number, problem=TOO_LONG)
            continue
        try:
            yield _Line(path, number, parse_record(model, text, where=""))
        except UserError as error:
            yield _Line(path, number, problem=str(error).removeprefix(": "))


def _refuse(line: _Line, problem: str | None) -> None:
    if problem and line.row:
        line.problem, line.row = f"{'/'.join(row_key(line.row))}: {problem}", None


def _refuse_contradictions(lines: list[_Line]) -> None:
    """Of rows about one thing the first stands for those that equal it; others contradict it."""
    same: dict[tuple[Path, tuple[str, str]], list[_Line]] = defaultdict(list)
    for line in lines:
        if line.row:
            same[line.path, row_key(line.row)].append(line)
    for first, *others in same.values():
        if any(other.row != first.row for other in others):
            numbers = ", ".join(str(line.number) for line in (first, *others))
            for line in (first, *others):
                _refuse(line, f"two rows, expected one: lines {numbers} say different things")
        for other in others:
            other.repeated = True


def _refuse_other_files(lines: list[_Line]) -> None:
    """Most rows of a video tell which file it was; with as many on each side, `videos.jsonl`."""
    told: dict[str, Counter[str | None]] = defaultdict(Counter)
    for line in lines:
        if line.row:
            told[line.row.video_id][digest_of(line.row)] += 1
    for line in lines:
        if line.row and digest_of(line.row) != told[line.row.video_id].most_common(1)[0][0]:
            of = "its other rows" if isinstance(line.row, VideoReport) else "videos.jsonl"
            _refuse(line, f"not about the video of {of}")
