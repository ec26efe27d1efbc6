"""Values that no honest run can have."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from leaderboard.entries.entry_info import Rejudged, SampleResults
from leaderboard.entries.known_metrics import wrong_stamp
from omiti2v.errors import UserError
from omiti2v.outcomes import OUTCOMES
from omiti2v.records import brief, json_digest
from omiti2v.runs import JudgeStamp, MetricStamp, Run, RunInfo
from omiti2v.scores import Estimate, Scores

_ROUNDING = 1e-6

MAX_DEPTH = 16
MAX_VALUES = 5_000
MAX_METRICS = 64
MAX_NUMBERS = 5_000
"""Of an entry, and ten for each of its samples, from which groups come."""
MAX_QUESTIONS = 64
"""About one video."""
MAX_INTEGER = 1 << 63
MAX_OF_A_VIDEO = 10_000_000


def refuse_impossible_scores(
    scores: Scores,
    flat: Mapping[str, Estimate],
    marks: SampleResults,
    *,
    metrics: Mapping[str, MetricStamp],
    where: str,
) -> None:
    """Raise where scores can't be those of any log; cheap, for every entry of a board.

    Args:
        scores, marks: Of an entry.
        flat: The scores by name, see `flat_scores`.
        metrics: What its run says of its metrics.
        where: What to call the entry.

    Raises:
        UserError: Names the first number.
    """
    groups = sum(len(kind) for kind in scores.breakdowns.values())
    if len(scores.breakdowns) + groups + len(flat) > MAX_NUMBERS + 10 * scores.samples:
        raise UserError(f"{where}: {groups} groups and {len(flat)} numbers, expected fewer")
    for name, row in flat.items():
        low, high = _bounds(name, metrics)
        ends = [end for end in (row.low, row.high) if end is not None]
        least, most = min([row.value, *ends]), max([row.value, *ends])
        if not low - _ROUNDING <= least <= most <= high + _ROUNDING:
            raise UserError(f"{where}: {name}: expected {low:g} to {high:g}, got {row.value}")
        if ends != sorted(ends) or len(ends) == 1 or not 0 < row.n <= scores.samples:
            raise UserError(f"{where}: {name}: impossible interval or number of samples")
    if scores.outcomes and abs(sum(row.value for row in scores.outcomes.values()) - 1) > _ROUNDING:
        raise UserError(f"{where}: the shares of the outcomes do not add up to 1")
    for marked in (marks.outcomes, marks.right):
        found = None if marked is None else len(marks.takes or marked)
        if found is not None and found != scores.samples:
            raise UserError(f"{where}: marks of {found} samples, expected {scores.samples}")
    if (marks.outcomes is None) != (scores.outcomes is None):
        raise UserError(f"{where}: marks and scores differ in whether there are outcomes")
    if scores.judge_unavailable and (scores.scores.get("accuracy") or scores.breakdowns):
        raise UserError(f"{where}: scores though judge_unavailable says that there are none")
    if (marks.right is None) != (scores.scores.get("accuracy") is None):
        raise UserError(f"{where}: marks and scores differ in whether there are answers")
    for outcome in OUTCOMES if scores.outcomes and marks.outcomes is not None else ():
        share = sum(marks.outcome_shares(outcome) or ()) / scores.samples
        stated = (scores.outcomes or {}).get(outcome)
        if stated is None or abs(stated.value - share) > _ROUNDING:
            raise UserError(f"{where}: {outcome}: the scores say otherwise than the marks")


def refuse_impossible_rejudging(
    rejudged: Rejudged, samples: int, marks: SampleResults, *, where: str
) -> None:
    """Raise where more was judged again than there is.

    Args:
        rejudged: Of an entry.
        samples: Of its edition.
        marks: Of the entry; without answers that make a score they don't tell how many videos.
        where: What to call the entry.

    Raises:
        UserError: Says what.
    """
    if rejudged.samples > samples:
        raise UserError(f"{where}: rejudged: {rejudged.samples} samples of {samples}")
    if marks.right is not None and rejudged.questions > MAX_QUESTIONS * len(marks.right):
        raise UserError(
            f"{where}: rejudged: {rejudged.questions} questions about {len(marks.right)} videos"
        )


def refuse_impossible_run(info: RunInfo) -> None:
    """Raise where a `run.json` is no description of a run, or made to exhaust whoever scores it.

    Raises:
        UserError: Says which field.
    """
    if len(info.metrics) > MAX_METRICS:
        raise UserError(
            f"run.json: metrics: expected at most {MAX_METRICS}, got {len(info.metrics)}"
        )
    problem = odd_value(info.model_dump()) or next(
        filter(None, (wrong_stamp(name, stamp) for name, stamp in info.metrics.items())), None
    )
    if problem:
        raise UserError(f"run.json: {problem}")


def flat_scores(scores: Scores) -> dict[str, Estimate]:
    """Every number of a run that is available, by a name such as `category:addition:accuracy`."""
    flat = {name: row for name, row in scores.scores.items() if row}
    flat |= {f"outcome:{name}": row for name, row in (scores.outcomes or {}).items()}
    flat |= {f"coverage:{name}": row for name, row in scores.coverage.items()}
    for kind, groups in scores.breakdowns.items():
        for group, rows in groups.items():
            flat |= {f"{kind}:{group}:{name}": row for name, row in rows.items()}
    if scores.takes:
        shares = {"any": scores.takes.any, "all": scores.takes.all}
        flat |= {f"takes:{name}": row for name, row in shares.items() if row}
    flat |= {f"soft:{name}": row for name, row in (scores.soft or {}).items()}
    return flat | {f"metric:{name}": row for name, row in scores.metrics.items() if row}


def _bounds(name: str, metrics: Mapping[str, MetricStamp]) -> tuple[float, float]:
    if not name.startswith(("lift", "metric:")):
        return 0.0, 1.0
    if name == "lift":
        return -math.inf, 1.0
    stamp = metrics.get(name.removeprefix("metric:"))
    low, high = stamp.bounds if stamp else (None, None)
    return (-math.inf if low is None else low), (math.inf if high is None else high)


def impossible_rows(run: Run) -> Iterator[str]:
    """A sentence for each thing in a log that no honest run writes."""
    if run.info.judge:
        yield from _wrong_fingerprint(run.info.judge)
    yield from _impossible_videos(run)
    videos = {video.video_id: video for video in run.videos}
    barred = videos.keys() - run.judgeable
    for response in run.responses:
        place = f"{response.video_id}/{response.question_id}"
        if response.answer != "error" and response.video_id in barred:
            yield f"{place}: answered {response.answer} about a video that could not be judged"
        if response.p_yes is not None and (
            (response.answer == "yes" and response.p_yes <= 0.5)
            or (response.answer == "no" and response.p_yes >= 0.5)
        ):
            yield f"{place}: answered {response.answer} with P(yes) = {response.p_yes}"
        if response.mass == 0 and response.answer in ("yes", "no"):
            yield f"{place}: answered {response.answer} with no probability on yes and no"
    for row in run.measurements:
        video = videos.get(row.video_id)
        if row.value is not None and video and video.sha256 is None:
            yield f"{row.video_id}: {row.metric}: measured on a video that could not be read"
    rules = {row.frames for row in run.responses if row.answer != "error"}
    if len(rules) > 1:
        first, second, *_ = sorted(rules)
        yield f"answers on frames by {brief(first)} and by {brief(second)}; a judge has one rule"


def _impossible_videos(run: Run) -> Iterator[str]:
    for video in run.videos:
        for field in ("frames", "fps", "width", "height"):
            value = getattr(video, field)
            if value is not None and not 0 < value <= MAX_OF_A_VIDEO:
                yield (
                    f"{video.video_id}: {field}: expected a positive number up to "
                    f"{MAX_OF_A_VIDEO}, got {brief(value)}"
                )


def _wrong_fingerprint(judge: JudgeStamp) -> Iterator[str]:
    problem = odd_value(judge.identity)
    if problem:
        yield f"judge.identity: {problem}"
        return
    made = json_digest(judge.identity)
    if made != judge.fingerprint:
        yield (
            f"judge.fingerprint: {judge.fingerprint[:12]}, but its identity gives {made[:12]}: one "
            "of the two was changed"
        )


def odd_value(value: object) -> str | None:
    """Why a parsed JSON value is no plain description of something; None where it is one.

    Nested too deep, too many values, not a finite number, an integer beyond 64 bits, or text that
    is not valid Unicode.
    """
    stack: list[tuple[object, int]] = [(value, 0)]
    seen = 0
    while stack:
        item, depth = stack.pop()
        seen += 1
        if depth > MAX_DEPTH:
            return f"nested deeper than {MAX_DEPTH} levels"
        if seen > MAX_VALUES:
            return f"more than {MAX_VALUES} values"
        if isinstance(item, dict):
            stack += [(part, depth + 1) for pair in item.items() for part in pair]
        elif isinstance(item, list | tuple):
            stack += [(part, depth + 1) for part in item]
        elif isinstance(item, float) and not math.isfinite(item):
            return f"{item} is not a finite number"
        elif isinstance(item, int) and not -MAX_INTEGER <= item < MAX_INTEGER:
            return "an integer beyond 64 bits"
        elif isinstance(item, str) and any("\ud800" <= char <= "\udfff" for char in item):
            return "text that is not valid Unicode"
    return None
