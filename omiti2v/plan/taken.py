"""Looks that were taken: kept in both run folders, so that none is taken twice with other videos.

A look sees the first samples of the plan's order, whatever is there besides. So a look that was
passed over is not lost: it is taken later from the same samples, with the same result.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import Field

from omiti2v.comparison.match import matched_videos, require_same_judge
from omiti2v.comparison.paired import PairedScore
from omiti2v.comparison.paired_scores import paired_answer_scores
from omiti2v.errors import UserError
from omiti2v.plan.record import DecisionPlan
from omiti2v.plan.rule import Decision, Look, take_look
from omiti2v.plan.sizes import PlannedScore
from omiti2v.records import Digest, Record, RecordLog, canonical_json, json_digest
from omiti2v.runs import Run
from omiti2v.runs.read import read_log
from omiti2v.samples import Sample

KEYS: Mapping[PlannedScore, tuple[str, ...]] = {
    "success": ("outcome", "success"),
    "semantic_average": ("semantic_average",),
    "accuracy": ("accuracy",),
    "edit_success": ("edit_success",),
}
_SAME = 1e-9


class Side(Record):
    """One run at a look.

    Attributes:
        name: Of its submission.
        run: Digest of what the run is: submission, edition and judge.
        seen: Digest of the videos and answers of the look's samples.
    """

    name: Annotated[str, Field(max_length=300)]
    run: Digest
    seen: Digest


class TakenLook(Record):
    """A line of `looks.jsonl` in a run folder."""

    format: Literal[1] = 1
    plan: Digest
    a: Side
    b: Side
    found: Look


class PlanResult(Record):
    """Where a comparison by plan stands; its JSON form is what `compare --plan --json` prints.

    Attributes:
        plan: Digest of the plan.
        edition, score, effect, alpha: Of the plan.
        a, b: Names of the submissions.
        takes: Videos of a sample in each run.
        looks: Those taken, the last of them now.
        planned: Number of looks of the plan.
        decision: Of all looks so far: a run that was better at one is better.
        decided_at: The look that decided; None to go on.
    """

    plan: Digest
    edition: str
    score: PlannedScore
    effect: float
    alpha: float
    a: str
    b: str
    takes: int
    looks: tuple[Look, ...]
    planned: int
    decision: Decision
    decided_at: int | None


def score_pair(a: Run, b: Run, samples: Sequence[Sample], score: PlannedScore) -> PairedScore:
    """A plan's score in two runs.

    Raises:
        UserError: It does not exist for these samples.
    """
    videos = matched_videos(a, b, samples)
    answers = [a.only(videos.a).answers, b.only(videos.b).answers]
    found = paired_answer_scores(samples, *answers).get(KEYS[score])
    if found is None:
        raise UserError(
            f"{score}: not available on these samples: the edition has no reference answers, or "
            "not all categories; plan for another --score"
        )
    return found


def take_looks(plan: DecisionPlan, a: Run, b: Run, *, count_missing: bool = False) -> PlanResult:
    """Take the look that the runs have come to, and those before it; record them in both folders.

    Args:
        plan: Of this comparison.
        a, b: The runs; B is the one that has to be better.
        count_missing: Count samples without a video as wrong for their run.

    Raises:
        UserError: The runs are not those of the plan, not finished, or don't cover the samples of
            a look; or a look was taken before with other videos or answers.
    """
    number = _require_runs(plan, a, b, count_missing=count_missing)
    earlier = [_earlier(run, plan, a, b) for run in (a, b)]
    taken = []
    for place, planned in enumerate(plan.looks[:number], start=1):
        ids = plan.samples_at(place)
        samples = [a.edition.by_id[name] for name in ids]
        found = take_look(
            score_pair(a, b, samples, plan.score),
            planned,
            number=place,
            effect=plan.effect,
            is_last=place == len(plan.looks),
            seed=plan.seed,
        )
        row = TakenLook(plan=plan.digest, a=_side(a, ids), b=_side(b, ids), found=found)
        for run, rows in zip((a, b), earlier, strict=True):
            if place in rows:
                _require_same(run, rows[place], row)
        taken.append(row)
    for run, rows in zip((a, b), earlier, strict=True):
        if new := [row for row in taken if row.found.look not in rows]:
            with RecordLog(run.paths.looks) as log:
                log.append(new)
    looks = tuple(row.found for row in taken)
    better = next((look for look in looks if look.decision in ("a_better", "b_better")), None)
    last = better or looks[-1]
    return PlanResult(
        plan=plan.digest,
        edition=plan.edition.name,
        score=plan.score,
        effect=plan.effect,
        alpha=plan.alpha,
        a=a.info.submission.name,
        b=b.info.submission.name,
        takes=plan.takes,
        looks=looks,
        planned=len(plan.looks),
        decision=last.decision,
        decided_at=None if last.decision == "go_on" else last.look,
    )


def _require_runs(plan: DecisionPlan, a: Run, b: Run, *, count_missing: bool) -> int:
    """The look that both runs have come to."""
    if _identity(a) == _identity(b):
        raise UserError(f"{b.paths.folder}: the same submission and judge as {a.paths.folder}")
    numbers = []
    for run in (a, b):
        folder = run.paths.folder
        plan.require_edition(run.edition)
        _require_plan(plan, run)
        covered = {sample.id for sample in run.samples}
        if outside := sorted(covered - set(plan.order)):
            raise UserError(
                f"{folder}: covers {len(outside)} samples that the plan does not have, as "
                f"{outside[0]}; score with --plan and --look into a folder of its own"
            )
        counts = [look.samples for look in plan.looks]
        if len(covered) not in counts or covered != set(plan.order[: len(covered)]):
            raise UserError(
                f"{folder}: covers {len(covered)} samples, which are those of no look of the plan "
                f"(they have {', '.join(map(str, counts))}); score with --plan and --look"
            )
        numbers.append(counts.index(len(covered)) + 1)
        if not run.paths.scores.exists():
            raise UserError(f"{folder}: not finished; run `omiti2v score` again to its end")
        if run.info.judge is None:
            raise UserError(f"{folder}: no judge was asked; score it with --judge")
        if reason := run.judge_unavailable:
            raise UserError(f"{folder}: {reason}")
        _require_videos(plan, run, covered, count_missing=count_missing)
    if numbers[0] != numbers[1]:
        raise UserError(
            f"{b.paths.folder}: is at look {numbers[1]}, {a.paths.folder} at look {numbers[0]}; "
            "bring both to the same look"
        )
    require_same_judge(a, b)
    return numbers[0]


def _require_plan(plan: DecisionPlan, run: Run) -> None:
    """A plan made for videos that were seen already would be no plan."""
    stamp = run.info.plan
    if stamp is None or stamp.digest != plan.digest:
        made_by = f"by plan {stamp.digest[:12]}" if stamp else "without a plan"
        raise UserError(
            f"{run.paths.folder}: was scored {made_by}, this is plan {plan.digest[:12]}; give the "
            "plan of the run, or score with --plan and --look into a folder of its own"
        )


def _require_videos(
    plan: DecisionPlan, run: Run, covered: set[str], *, count_missing: bool
) -> None:
    videos = Counter(video.sample_id for video in run.videos)
    if more := sorted(name for name in covered if videos[name] > plan.takes):
        raise UserError(
            f"{run.paths.folder}: {len(more)} samples have more videos than the plan's "
            f"{plan.takes}, as {more[0]}; score those of the plan alone"
        )
    lacking = sorted(name for name in covered if videos[name] < plan.takes)
    if lacking and not count_missing:
        raise UserError(
            f"{run.paths.folder}: {len(lacking)} samples of the look have fewer than "
            f"{plan.takes} video{'s' * (plan.takes > 1)}, as {lacking[0]}; make them and score "
            "again, or give --missing zero to count them as wrong"
        )


def _identity(run: Run) -> str:
    judge = run.info.judge
    return json_digest(
        {
            # Seeds may be added to a submission; it stays the same.
            "submission": run.info.submission.model_dump(mode="json", exclude={"seed", "seeds"}),
            "edition": run.info.edition.fingerprint,
            "judge": judge.fingerprint if judge else None,
        }
    )


def _side(run: Run, ids: Sequence[str]) -> Side:
    wanted = set(ids)
    seen = {
        "videos": [
            [video.sample_id, video.take, video.sha256]
            for video in run.videos
            if video.sample_id in wanted
        ],
        "answers": [
            [row.sample_id, row.take, row.question_id, row.answer]
            for row in run.responses
            if row.sample_id in wanted
        ],
    }
    ordered = {name: sorted(rows, key=canonical_json) for name, rows in seen.items()}
    return Side(name=run.info.submission.name, run=_identity(run), seen=json_digest(ordered))


def _earlier(run: Run, plan: DecisionPlan, a: Run, b: Run) -> dict[int, TakenLook]:
    """The looks of this plan at these two runs that a run folder tells of, by number.

    Raises:
        UserError: They were taken with A and B the other way round.
    """
    pair = (_identity(a), _identity(b))
    found = {}
    for row in read_log(run.paths.looks, TakenLook):
        if row.plan != plan.digest:
            continue
        if (row.b.run, row.a.run) == pair:
            raise UserError(
                f"{run.paths.looks}: look {row.found.look} was taken with {row.a.name} as A and "
                f"{row.b.name} as B; a plan has one side that must be better: give them so again"
            )
        if (row.a.run, row.b.run) == pair:
            found[row.found.look] = row
    return found


def _require_same(run: Run, before: TakenLook, now: TakenLook) -> None:
    place = f"{run.paths.looks}: look {now.found.look}"
    for name, old, new in (("A", before.a, now.a), ("B", before.b, now.b)):
        if old.seen != new.seen:
            raise UserError(
                f"{place}: was taken with other videos or answers of {name} ({new.name}): a plan "
                "sees each sample once; put them back, or begin anew with another --seed"
            )
    one, other = before.found, now.found
    numbers = ("difference", "low", "high", "p_value", "upper")
    if one.decision != other.decision or any(
        abs(getattr(one, field) - getattr(other, field)) > _SAME for field in numbers
    ):
        raise UserError(f"{place}: is not what its videos and answers give; the file was changed")
