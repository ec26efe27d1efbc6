"""The answers that the badge `videos` rests on, kept with the entry; the badge from them again.

They prove the arithmetic of the badge as the log proves that of the scores. Who gave it is in the
history of the board's repository.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from leaderboard.entries import names
from leaderboard.entries.compression import gzip_bytes
from leaderboard.entries.entry import Entry, read_rows
from leaderboard.entries.entry_info import OtherFrames, Rejudged
from leaderboard.entries.finding import Finding, note, wrong
from leaderboard.entries.rejudge import (
    LEAST_AGREEMENT,
    compare_answers,
    compare_frames,
    draw_phase,
    draw_samples,
)
from leaderboard.entries.storage import Storage
from omiti2v.errors import UserError
from omiti2v.records import json_digest
from omiti2v.responses import Response
from omiti2v.runs import JudgeStamp, Run
from omiti2v.runs.row_rules import RowRules, row_key

NOT_KEPT = "the answers were not kept: the badge can't be computed again"
_TOLERANCE = 1e-9
_COUNTS = ("samples", "questions", "agreed", "lost", "gained")
_SHARES = ("phase", "own", "other", "low", "high")


def pack_answers(own: Run, other: Run) -> bytes:
    """The answers of both passes: on the judge's own frames, then on others."""
    rows = "".join(row.model_dump_json() + "\n" for run in (own, other) for row in run.responses)
    return gzip_bytes(rows.encode())


def verify_rejudged(storage: Storage, entry: Entry, run: Run) -> Iterator[Finding]:
    """What an entry says of how its videos were judged again, held against its kept answers.

    Args:
        storage: The board.
        entry: Any.
        run: Its log.

    Raises:
        UserError: The kept answers can't be read.
    """
    stated, judge = entry.info.rejudged, run.info.judge
    if stated is None:
        return
    if judge is None or stated.judge != judge.fingerprint:
        yield wrong(
            entry.id, "rejudged.judge", "not the judge of the run", stated=stated.judge[:12]
        )
        return
    drawn = draw_samples(run, share=stated.share, seed=stated.seed)
    if not entry.recomputable:
        asked = sum(
            len(run.edition.by_id[video.sample_id].questions)
            for video in run.videos
            if video.sample_id in set(drawn)
        )
        yield from _differences(entry.id, stated, {"samples": len(drawn), "questions": asked})
        yield note(entry.id, "rejudged", NOT_KEPT)
        return
    rows = read_rows(storage, entry, names.REJUDGED, Response)
    own = _pass(run, drawn, judge, [row for row in rows if row.judge == judge.fingerprint])
    found = compare_answers(
        run, own, drawn, share=stated.share, seed=stated.seed, today=stated.date
    )
    yield from _differences(
        entry.id, stated, {name: getattr(found.record, name) for name in _COUNTS}
    )
    for video in found.other_files:
        yield wrong(entry.id, "rejudged", f"{video}: not the file of the log")
    if found.agreement < LEAST_AGREEMENT:
        text = f"{100 * found.agreement:.1f} % of the answers agree"
        yield note(entry.id, "rejudged", f"{text}; {100 * LEAST_AGREEMENT:g} % are usual")
    phase = draw_phase(stated.seed)
    later = later_frames(judge, own, phase)
    others = _pass(run, drawn, later, [row for row in rows if row.judge != judge.fingerprint])
    yield from _other_frames(entry.id, stated, compare_frames(own, others, phase=phase))


def _pass(run: Run, drawn: Sequence[str], judge: JudgeStamp, rows: Sequence[Response]) -> Run:
    """One pass over the drawn samples as a run.

    Raises:
        UserError: A row is not about them, or by another judge.
    """
    info = run.info.model_copy(
        update={"sample_ids": tuple(drawn), "judge": judge, "missing": "zero"}
    )
    rules, among = RowRules(info, run.edition), set(drawn)
    videos = {video.video_id: video for video in run.videos if video.sample_id in among}
    files: dict[str, str | None] = {}
    seen = set()
    for row in rows:
        problem = rules.problem(row)
        if problem is None and row.video_id not in videos:
            problem = "about a video that the log does not have"
        if problem is None and row_key(row) in seen:
            problem = "two rows, expected one"
        if files.setdefault(row.video_id, row.video_sha256) != row.video_sha256:
            problem = problem or "about another file than the row before"
        if problem:
            raise UserError(f"{names.REJUDGED}: {'/'.join(row_key(row))}: {problem}")
        seen.add(row_key(row))
    return replace(
        run,
        info=info,
        responses=tuple(rows),
        measurements=(),
        videos=tuple(
            video.model_copy(update={"sha256": files.get(name, video.sha256)})
            for name, video in videos.items()
        ),
    )


def later_frames(judge: JudgeStamp, own: Run, phase: float) -> JudgeStamp:
    """The same judge on frames that lie `phase` of a step later."""
    rule = judge.identity.get("frame_rule")
    if not isinstance(rule, str):  # a judge whose identity does not say it; its answers do
        rule = own.responses[0].frames.partition(",v")[0] if own.responses else ""
    identity = {**judge.identity, "frame_rule": f"{rule},phase={phase!r}"}
    return JudgeStamp(
        name=f"{judge.name} on frames drawn by the seed",
        fingerprint=json_digest(identity),
        identity=identity,
    )


def _differences(entry_id: str, stated: Rejudged, found: dict[str, int]) -> Iterator[Finding]:
    for name, value in found.items():
        said = getattr(stated, name)
        if said != value:
            yield wrong(entry_id, f"rejudged.{name}", str(value), stated=str(said))


def _other_frames(entry_id: str, stated: Rejudged, found: OtherFrames | None) -> Iterator[Finding]:
    said = stated.other_frames
    if said is None or found is None:
        if said is not found:
            what = "rejudged.other_frames"
            yield wrong(entry_id, what, "there" if found else "not there")
        return
    for name in _SHARES:
        one, other = getattr(said, name), getattr(found, name)
        if abs(one - other) > _TOLERANCE:
            what = f"rejudged.other_frames.{name}"
            yield wrong(entry_id, what, f"{other:.6g}", stated=f"{one:.6g}")
