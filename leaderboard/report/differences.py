"""The runs of a report against its first one, sample by sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from leaderboard.report.number_format import signed_percent
from omiti2v.comparison import Comparison, Difference, SuccessTable, compare_runs
from omiti2v.definitions import NEGLIGENCE, SCORES, SUCCESS, Definition
from omiti2v.errors import UserError
from omiti2v.runs import Run
from omiti2v.scores import Missing

SIGNIFICANT = 0.05
_SHOWN = ("accuracy", "semantic_average", "edit_accuracy", "preserve_accuracy")


@dataclass(frozen=True)
class DifferenceRow:
    """A score of a run less that of the first.

    Attributes:
        definition: The score.
        difference: In percentage points with its sign, as `+4.2`.
        interval: Its 95 % interval, as `[-1.0, +9.4]`; empty where there is none.
        p_value: Of the paired permutation test.
        adjusted: The p-value by Holm over the headline; empty for other scores.
        says: "higher", "lower", or that the runs are not told apart.
        n, differing: Samples compared, and those on which the runs differ.
    """

    definition: Definition
    difference: str
    interval: str
    p_value: str
    adjusted: str
    says: str
    n: int
    differing: int


@dataclass(frozen=True)
class RunDifferences:
    """A run against the first.

    Attributes:
        run: Its number.
        rows: Empty where the two can't be compared.
        success: Successes in both, one or neither; None where there are no outcomes.
        notes: What to know before reading a number; A is the first run, B is this.
        why_not: Why there are no rows.
    """

    run: int
    rows: tuple[DifferenceRow, ...] = ()
    success: SuccessTable | None = None
    notes: tuple[str, ...] = ()
    why_not: str = ""

    @property
    def success_p(self) -> str:
        """The p-value of McNemar's exact test on success."""
        return p_text(self.success.p_value) if self.success else ""


def differences_to_first(
    runs: Sequence[Run],
    *,
    missing: Missing | None = None,
    resamples: int | None = None,
    seed: int | None = None,
) -> tuple[RunDifferences, ...]:
    """Each run after the first, compared with it on the samples that both cover.

    Args:
        runs: At least one, all of one edition.
        missing: What a sample without a video counts; the runs' own rule where None.
        resamples, seed: Of the tests; those of the first run where None.
    """
    return tuple(
        _against(
            runs[0],
            run,
            number=number,
            missing=missing,
            resamples=runs[0].info.resamples if resamples is None else resamples,
            seed=runs[0].info.seed if seed is None else seed,
        )
        for number, run in enumerate(runs[1:], start=2)
    )


def verdict(row: Difference) -> str:
    """What a difference amounts to, in a word or two."""
    if row.low is None or row.high is None:
        return "one sample: nothing to tell"
    # Both, as an interval over few samples is too narrow.
    p_value = row.p_value if row.p_holm is None else row.p_holm
    if p_value < SIGNIFICANT and (row.low > 0 or row.high < 0):
        return "differs"
    return "not told apart"


def _against(
    first: Run, run: Run, *, number: int, missing: Missing | None, resamples: int, seed: int
) -> RunDifferences:
    judges = [item.info.judge for item in (first, run)]
    if None in judges:
        return RunDifferences(number, why_not="a run without a judge has no answers to compare")
    if len({judge.fingerprint for judge in judges if judge}) > 1:
        return RunDifferences(
            number, why_not="other judges: a difference could be theirs, not the videos'"
        )
    if missing is None and first.info.missing != run.info.missing:
        return RunDifferences(number, why_not="the runs treat missing videos differently")
    try:
        found = compare_runs(
            first, run, missing=missing, common=True, resamples=resamples, seed=seed
        )
    except UserError:
        # Of what it refuses, only this is left: the runs share no sample with videos.
        return RunDifferences(number, why_not="the runs have no samples in common")
    if found.judge_unavailable:
        return RunDifferences(number, why_not="the answers of a judge make no score, see above")
    return RunDifferences(number, _rows(found), found.success, found.notes)


def _rows(found: Comparison) -> tuple[DifferenceRow, ...]:
    outcomes = found.outcomes or {}
    pairs = [(SUCCESS, outcomes.get("success"))]
    pairs += [(SCORES[name], found.scores.get(name)) for name in _SHOWN]
    pairs.append((NEGLIGENCE, outcomes.get("negligent")))
    return tuple(_row(definition, row) for definition, row in pairs if row)


def _row(definition: Definition, row: Difference) -> DifferenceRow:
    interval = ""
    if row.low is not None and row.high is not None:
        interval = f"[{signed_percent(row.low)}, {signed_percent(row.high)}]"
    return DifferenceRow(
        definition,
        signed_percent(row.difference),
        interval,
        p_text(row.p_value),
        "" if row.p_holm is None else p_text(row.p_holm),
        _direction(row),
        row.n,
        row.differing,
    )


def _direction(row: Difference) -> str:
    says = verdict(row)
    if says != "differs":
        return says
    return "higher than run 1" if row.difference > 0 else "lower than run 1"


def p_text(value: float) -> str:
    """A p-value; never as 0."""
    if value < 0.0001:
        return "< 0.0001"
    return f"{value:.4f}" if value < 0.01 else f"{value:.3f}"
