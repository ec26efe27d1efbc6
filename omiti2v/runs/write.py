"""Writing a run folder: one writer at a time, nothing already there is lost."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Generic

from omiti2v.edition_versions import edition_label
from omiti2v.editions import Edition
from omiti2v.errors import CannotWriteError, UserError
from omiti2v.records import (
    RecordLog,
    RecordT,
    StringPool,
    brief,
    write_atomically,
    write_records,
)
from omiti2v.runs.info import JudgeStamp, RunInfo
from omiti2v.runs.paths import RunPaths
from omiti2v.runs.read import Logs, read_logs, read_run_info
from omiti2v.submissions import SubmissionInfo

_SHOWN = 8
"""Differences of two judges that a message names."""


class Log(Generic[RecordT]):
    """A log of a run folder: the rows so far, and more to come.

    Args:
        path: The file.
        rows: What it holds.
        before_change: Called before the file is changed.

    Attributes:
        rows: In the order in which they were written.

    Raises:
        UserError: The file can't be written.
    """

    def __init__(
        self, path: Path, rows: list[RecordT], *, before_change: Callable[[], None]
    ) -> None:
        self._pool = StringPool()
        self.rows = rows
        self._path = path
        self._file = RecordLog(path)
        self._before_change = before_change

    def add(self, rows: Sequence[RecordT]) -> None:
        """Write a batch; a kill after this loses nothing of it."""
        if rows:
            self._before_change()
            self._file.append(rows)
            self.rows += map(self._pool.share, rows)

    def keep(self, wanted: Callable[[RecordT], bool]) -> None:
        """Drop the rows that are out of date."""
        kept = [row for row in self.rows if wanted(row)]
        if len(kept) != len(self.rows):
            self.replace(kept)

    def replace(self, rows: list[RecordT]) -> None:
        """Have these rows instead of those so far."""
        self._before_change()
        self._file.close()
        write_records(self._path, rows)
        self._file = RecordLog(self._path)
        self.rows = rows

    def forget(self) -> None:
        """Drop the rows from memory; they stay in the file."""
        self.rows, self._pool = [], StringPool()

    def sync(self) -> None:
        """Wait until all batches are on disk."""
        self._file.sync()

    def close(self) -> None:
        """Sync and close the file."""
        self._file.close()


class RunWriter:
    """A run folder open for writing: one writer at a time, nothing already there is lost.

    Args:
        folder: Made where absent. A run that is already there is resumed.
        info: What is to be scored.
        edition: Its samples.

    Attributes:
        responses, measurements, videos: The logs, with the rows so far.

    Raises:
        UserError: The folder can't be written, holds another run, or is being written to.
    """

    def __init__(self, folder: Path, info: RunInfo, edition: Edition) -> None:
        self.paths = RunPaths(folder)
        self._samples_changed = False
        logs = Logs([], [], [])
        with ExitStack() as stack:
            stack.callback(os.close, _lock(folder))
            if self.paths.info.exists():
                old = read_run_info(folder)
                _refuse_another_run(self.paths, old, info)
                logs = read_logs(self.paths, old, edition)
                _refuse_to_bar_answers(self.paths, old, info, logs)
                self._samples_changed = old.sample_ids != info.sample_ids
                info = info.model_copy(
                    update={
                        "versions": _all_versions(old, info),
                        # Numbers that nobody asks for this time are the run's all the same.
                        "metrics": {**old.metrics, **info.metrics},
                    }
                )
                self._unwritten: RunInfo | None = info
            elif any(not path.name.startswith(".") for path in folder.iterdir()):
                raise UserError(
                    f"{folder}: holds files but no run.json; give an empty or new folder to -o"
                )
            else:
                # run.json first: it is what tells a folder of ours from another after a kill.
                self._unwritten = info
                self._write_info()
            edition.save_samples(self.paths.samples)
            stale = self._drop_what_is_computed
            self.responses = Log(self.paths.responses, logs.responses, before_change=stale)
            stack.callback(lambda: self.responses.close())
            self.measurements = Log(self.paths.measurements, logs.measurements, before_change=stale)
            stack.callback(lambda: self.measurements.close())
            self.videos = Log(self.paths.videos, logs.videos, before_change=stale)
            stack.callback(lambda: self.videos.close())
            self._open = stack.pop_all()

    def _drop_what_is_computed(self) -> None:
        """Files that would no longer fit the logs go before the logs change."""
        self._write_info()
        for path in (self.paths.check, self.paths.scores, self.paths.report):
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise CannotWriteError(path, error) from None

    def _write_info(self) -> None:
        """What the run is from now on; of one that was refused later, nothing has changed."""
        info, self._unwritten = self._unwritten, None
        if info is None:
            return
        if self._samples_changed:
            self._drop_what_is_computed()
        write_atomically(self.paths.info, info.model_dump_json(indent=2) + "\n")

    def sync(self) -> None:
        """Wait until the logs are on disk: a power cut after this loses nothing."""
        for log in (self.videos, self.responses, self.measurements):
            log.sync()

    def forget(self) -> None:
        """Drop the rows from memory, once all are written; they stay in the files."""
        self._write_info()
        for log in (self.videos, self.responses, self.measurements):
            log.forget()

    def close(self) -> None:
        """Close the logs and let others write."""
        try:
            self._write_info()
        finally:
            self._open.close()

    def __enter__(self) -> RunWriter:
        return self

    def __exit__(self, kind: object, *exception: object) -> None:
        if kind is not None:
            self._unwritten = None
        self.close()


def _lock(folder: Path) -> int:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise CannotWriteError(folder, error) from None
    try:
        # The lock goes with the process, so a killed run never leaves a stale one behind.
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise UserError(f"{folder}: another process is writing to this run folder") from None
    return descriptor


def _is_next_look(old: RunInfo, new: RunInfo) -> bool:
    """Whether a run goes on to a later look of its plan: the one way in which a run grows."""
    return (
        old.plan is not None
        and new.plan is not None
        and old.plan.digest == new.plan.digest
        and old.plan.look < new.plan.look
        and set(old.sample_ids or ()) < set(new.sample_ids or ())
    )


def _refuse_another_run(paths: RunPaths, old: RunInfo, new: RunInfo) -> None:
    if (
        old.plan
        and new.plan
        and old.plan.digest == new.plan.digest
        and old.plan.look > new.plan.look
    ):
        raise UserError(
            f"{paths.folder}: is at look {old.plan.look} of its plan, which has the samples of "
            f"look {new.plan.look}; give --look {old.plan.look}"
        )
    submission = _with_seeds_added(old.submission, new.submission)
    pairs = [
        ("submission", old.submission.name, submission, new.submission.name, new.submission),
        ("edition", *_edition(old), *_edition(new)),
        ("judge", *_named(old.judge), *_named(new.judge)),
    ]
    if not _is_next_look(old, new):
        pairs.append(("samples", _count(old), old.sample_ids, _count(new), new.sample_ids))
        pairs.append(("plan", *_plan(old), *_plan(new)))
    for what, old_name, before, new_name, now in pairs:
        if before != now:
            why = _changed(old.judge, new.judge) if what == "judge" else ""
            raise UserError(
                f"{paths.folder}: holds a run with {what} {old_name}, this one has "
                f"{new_name if new_name != old_name else 'another of that name'}{why}; "
                f"give another folder to -o{', where all questions are asked anew' * bool(why)}"
            )


def _refuse_to_bar_answers(paths: RunPaths, old: RunInfo, new: RunInfo, logs: Logs) -> None:
    """Answers that were given under --allow-mismatch are not thrown away for want of the option."""
    if new.allow_mismatch or not old.allow_mismatch:
        return
    swapped = {
        video.video_id
        for video in logs.videos
        if any(finding.code == "swapped" and finding.level == "error" for finding in video.findings)
    }
    given = [row.video_id for row in logs.responses if row.answer != "error"]
    given += [row.video_id for row in logs.measurements if row.value is not None]
    if lost := sorted(swapped.intersection(given)):
        raise UserError(
            f"{paths.folder}: has answers or numbers of {lost[0]}, whose first frame shows another "
            "sample's image; give --allow-mismatch again, or another folder to -o"
        )


def _with_seeds_added(old: SubmissionInfo, new: SubmissionInfo) -> SubmissionInfo:
    """The old submission with the seeds of the new one, where these are its own and more."""
    known = {*old.seeds, *(() if old.seed is None else (old.seed,))}
    if new.seeds and known <= set(new.seeds):
        return old.model_copy(update={"seed": new.seed, "seeds": new.seeds})
    return old


def _changed(old: JudgeStamp | None, new: JudgeStamp | None) -> str:
    """What of a judge's identity differs, as " (prompt: 'a', now 'b')"; "" for none known."""
    if old is None or new is None:
        return ""
    pair = (old.identity, new.identity)
    names = sorted({n for n in {*pair[0], *pair[1]} if pair[0].get(n) != pair[1].get(n)})
    shown = [f"{n}: {', now '.join(_short(one.get(n)) for one in pair)}" for n in names[:_SHOWN]]
    more = [f"{len(names) - _SHOWN} more"] if len(names) > _SHOWN else []
    return f" ({'; '.join([*shown, *more])})" if names else ""


def _short(value: object) -> str:
    return "not given" if value is None else brief(value, limit=40)


def _edition(info: RunInfo) -> tuple[str, str]:
    stamp = info.edition
    return edition_label(stamp.name, stamp.fingerprint), stamp.fingerprint


def _named(stamp: JudgeStamp | None) -> tuple[str, str]:
    return ("none", "") if stamp is None else (stamp.fingerprint[:12], stamp.fingerprint)


def _plan(info: RunInfo) -> tuple[str, str]:
    return (info.plan.digest[:12], info.plan.digest) if info.plan else ("none", "")


def _count(info: RunInfo) -> str:
    return "all" if info.sample_ids is None else str(len(info.sample_ids))


def _all_versions(old: RunInfo, new: RunInfo) -> dict[str, str]:
    """Every version of a package that rows of the run may come from."""
    merged = dict(old.versions)
    for name, version in new.versions.items():
        known = merged.setdefault(name, version).split(", ")
        if version not in known:
            merged[name] = ", ".join([*known, version])
    return merged
