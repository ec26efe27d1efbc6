"""The runs of a report against its first one, sample by sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from omiti2v.comparison import Comparison, SuccessTable
from omiti2v.comparison.compare import compare_pair
from omiti2v.comparison.pairs import PairedRuns, adjust_pairs, pair_runs
from omiti2v.comparison.words import family_in_words, verdicts_in_words
from omiti2v.definitions import NEGLIGENCE, SCORES, SUCCESS, Definition
from omiti2v.errors import UserError
from omiti2v.number_format import bracketed, p_equation, p_text, signed_percent
from omiti2v.runs import Run
from omiti2v.scores import Missing

_SHOWN = (
    *("success", "accuracy", "semantic_average", "edit_accuracy", "preserve_accuracy"),
    "negligence",
)


@dataclass(frozen=True)
class DifferenceRow:
    """A score of a run less that of the first.

    Attributes:
        definition: The score.
        difference: In percentage points with its sign, as `+4.2`.
        interval: Its 95 % interval, as `[-1.0, +9.4]`; empty where there is none.
        p_value: Of the paired permutation test alone.
        adjusted: The p-value within the family; empty for what is no headline score.
        says: The verdict in words; empty as above.
        n, differing: Samples compared, and those on which the runs differ.
        is_of_few: Whether it is to be marked as of few samples.
    """

    definition: Definition
    difference: str
    interval: str
    p_value: str
    adjusted: str
    says: str
    n: int
    differing: int
    is_of_few: bool


@dataclass(frozen=True)
class RunDifferences:
    """A run against the first.

    Attributes:
        run: Its number.
        rows: Empty where the two can't be compared.
        family: What the adjusted p-values are; the same for all runs.
        success: Successes in both, one or neither; None where there are no outcomes.
        notes: What to know before reading a number; A is the first run, B is this.
        why_not: Why there are no rows.
    """

    run: int
    rows: tuple[DifferenceRow, ...] = ()
    family: str = ""
    success: SuccessTable | None = None
    notes: tuple[str, ...] = ()
    why_not: str = ""

    @property
    def success_p(self) -> str:
        """The p-value of McNemar's exact test on success, as `p = 0.250`."""
        return p_equation(self.success.p_value) if self.success else ""


def differences_to_first(
    runs: Sequence[Run],
    *,
    missing: Missing | None = None,
) -> tuple[RunDifferences, ...]:
    """Each run after the first, compared with it on the samples that both cover.

    Args:
        runs: At least one, all of one edition.
        missing: What a sample without a video counts; the runs' own rule where None.
    """
    resamples, seed = runs[0].info.resamples, runs[0].info.seed
    paired = [_pair(runs[0], run, missing=missing) for run in runs[1:]]
    pairs = [pair for pair in paired if isinstance(pair, PairedRuns)]
    families = iter(adjust_pairs(pairs, resamples=resamples, seed=seed) if pairs else ())
    found = []
    for number, pair in enumerate(paired, start=2):
        if isinstance(pair, str):
            found.append(RunDifferences(number, why_not=pair))
            continue
        result = compare_pair(pair, family=next(families), resamples=resamples, seed=seed)
        rows = _rows(result, run=number)
        found.append(
            RunDifferences(number, rows, family_in_words(result), result.success, result.notes)
        )
    return tuple(found)


def _pair(first: Run, run: Run, *, missing: Missing | None) -> PairedRuns | str:
    """The two side by side, or why they can't be compared."""
    judges = [item.info.judge for item in (first, run)]
    if None in judges:
        return "a run without a judge has no answers to compare"
    if len({judge.fingerprint for judge in judges if judge}) > 1:
        return "other judges: a difference could be theirs, not the videos'"
    if missing is None and first.info.missing != run.info.missing:
        return "the runs treat missing videos differently"
    try:
        pair = pair_runs(first, run, missing=missing, common=True)
    except UserError:
        # Of what it refuses, only this is left: the runs share no sample with videos.
        return "the runs have no samples in common"
    if pair.judge_unavailable:
        return "the answers of a judge make no score, see above"
    return pair


def _rows(found: Comparison, *, run: int) -> tuple[DifferenceRow, ...]:
    says = verdicts_in_words(found, a="run 1", b=f"run {run}")
    scores = {**found.scores, **found.headline}
    definitions = {"success": SUCCESS, **SCORES, "negligence": NEGLIGENCE}
    return tuple(
        DifferenceRow(
            definitions[name],
            signed_percent(row.difference),
            bracketed(row.low, row.high, signed_percent),
            p_text(row.p_value),
            "" if row.p_adjusted is None else p_text(row.p_adjusted),
            says.get(name, ""),
            row.n,
            row.differing,
            row.is_of_few,
        )
        for name in _SHOWN
        if (row := scores.get(name))
    )
