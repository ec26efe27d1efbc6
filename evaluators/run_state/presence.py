"""Which videos of a run can be read now: absent is not changed.

A file that is not there, or can't be read, says nothing about what was found out of it before: a
disk may be mounted by half. A file that is there with other content does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from omiti2v.errors import UserError
from omiti2v.findings import VideoReport
from omiti2v.runs import Log, RunWriter
from omiti2v.takes import by_sample, take_of

_NAMED = 5


@dataclass(frozen=True)
class Presence:
    """Which videos can be read now, of those that a run knows and of new ones.

    Attributes:
        digests: Of each that can be read, by its id.
        kept: Why it can't be read, of each other that the run knows, by its id.
        names: What the run calls a video of the submission, where that is not its id.
        moved: What the submission calls a video of the run, as above.
    """

    digests: Mapping[str, str]
    kept: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    moved: Mapping[str, str] = field(default_factory=dict)

    def holds(self, video_id: str, digest: str | None) -> bool:
        """Whether a logged row stays: its file is as it was, or can't be read now."""
        return self.is_kept(video_id) or self.is_there(video_id, digest)

    def is_kept(self, video_id: str) -> bool:
        """Whether a logged row is about a video that can't be read now, and stays."""
        return self.moved.get(video_id, video_id) in self.kept

    def is_there(self, video_id: str, digest: str | None) -> bool:
        """Whether a logged row is about the video that lies in the submission now."""
        return digest is not None and self.digests.get(video_id) == digest


def find_presence(
    logged: Iterable[VideoReport],
    digests: Mapping[str, str],
    unreadable: Mapping[str, tuple[str, str]],
    *,
    forget_missing: bool,
) -> Presence:
    """Compare what a run knows with what is there.

    A sample's only video has another id once it is one of several takes. So a video is looked for
    by its digest too, and one that can't be read by its file's name.

    Args:
        logged: The run's videos.
        digests: Of the submission's videos that can be read.
        unreadable: File and reason of each that can't be, by its id.
        forget_missing: Keep nothing about those that are not there.

    Raises:
        UserError: A sample's videos are takes now, or no longer, and it can't be told which of them
            the run knows.
    """
    known = {row.video_id: row for row in logged if row.sha256 is not None}
    here = by_sample(digests.keys() | unreadable.keys())
    names: dict[str, str] = {}
    moved: dict[str, str] = {}
    for sample_id, ids in by_sample(known).items():
        now = here.get(sample_id, [])
        if now and (take_of(ids[0]) is None) == (take_of(now[0]) is None):
            # Takes that have other seeds now: else one file would count as two of them.
            new: dict[str | None, str] = {
                digests[other]: other for other in now if other in digests.keys() - known.keys()
            }
            gone = {known[one].sha256: one for one in ids if one not in now}
            moved |= {gone[digest]: new[digest] for digest in gone.keys() & new.keys()}
            continue
        if not now or set(ids) & set(now):
            continue
        same = {
            one: other
            for one in ids
            for other in now
            if digests.get(other) == known[one].sha256
            or unreadable.get(other, ("", ""))[0] == known[one].file
        }
        if not same and not forget_missing:
            raise UserError(
                f"{sample_id}: the run knows {', '.join(ids)}, the submission has "
                f"{', '.join(now)}, of which none is the same file; put it back, give another "
                "folder to -o, or --forget-missing to drop what is known of it"
            )
        if take_of(ids[0]) is None or forget_missing:
            moved |= same
        else:
            names |= {other: one for one, other in same.items()}
    there = {names.get(video, video): digest for video, digest in digests.items()}
    why = {names.get(video, video): reason for video, (_, reason) in unreadable.items()}
    kept = {
        new: why.get(new, "not there")
        for new in (moved.get(video, video) for video in known)
        if new not in there
    }
    return Presence(there, {} if forget_missing else kept, names, moved)


def rename_rows(run: RunWriter, moved: Mapping[str, str]) -> None:
    """Give rows the name that their video has now, as one of several takes."""
    if not moved:
        return
    # `videos.jsonl` last: as long as it has the old name, a run that was killed here goes on.
    logs: tuple[Log[Any], ...] = (run.responses, run.measurements, run.videos)
    for log in logs:
        log.replace(
            [
                row.model_copy(update={"take": take_of(moved[row.video_id])})
                if row.video_id in moved
                else row
                for row in log.rows
            ]
        )
    for old, new in moved.items():
        with suppress(OSError):  # else it is looked at again
            run.paths.strip_path(old).rename(run.paths.strip_path(new))


def said_of(kept: Mapping[str, str], total: int) -> str:
    """One line about the videos that are not there.

    Args:
        kept: Of them, why, by their ids.
        total: How many the run knows.
    """
    videos: dict[str, list[str]] = {}
    for video, why in kept.items():
        videos.setdefault(why, []).append(video)
    reasons = [
        f"{', '.join(named[:_NAMED])}{f' and {len(named) - _NAMED} more' * (len(named) > _NAMED)}: "
        f"{why}"
        for why, named in list(videos.items())[:_NAMED]
    ]
    if len(videos) > _NAMED:
        reasons.append("and others")
    return (
        f"{total - len(kept)} of {total} videos are there; what is known of the others is kept "
        f"(--forget-missing drops it): {'; '.join(reasons)}"
    )
