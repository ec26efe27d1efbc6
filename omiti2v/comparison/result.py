"""What a comparison says; its JSON form is what `omiti2v compare --json` prints."""

from __future__ import annotations

from typing import Literal

from omiti2v.comparison.verdict import HEADLINE, Headline, PairsOf, Verdict
from omiti2v.definitions import FEW_SAMPLES
from omiti2v.estimation.differences import AnchoredDifferences, CorrectedDifferences
from omiti2v.outcomes import Outcome
from omiti2v.records import Digest, OrAbsent, Record
from omiti2v.responses import Probability
from omiti2v.runs import EditionStamp
from omiti2v.samples import Category
from omiti2v.scores import Judged, Missing


class Difference(Record):
    """A score in two runs, and how they differ. Scores are fractions, metrics in their own unit.

    Attributes:
        a, b: The values.
        difference: b - a.
        low, high: Paired 95 % interval of the difference; None where there is a single
            sample.
        p_value: Of the paired sign-flip permutation test, two-sided.
        p_exact: Whether all assignments of signs were tried.
        p_adjusted: Adjusted over the family, see `omiti2v.comparison.family`; None for what is no
            headline score.
        verdict: What it says of B; None as above.
        minimum_detectable: The true difference that a comparison of this size finds significant
            (5 %, two-sided) in 80 % of cases; None where no spread was seen to tell it from.
        n: Number of samples compared.
        differing: Number of them on which the runs differ.
    """

    a: float
    b: float
    difference: float
    low: float | None
    high: float | None
    p_value: Probability
    p_exact: bool
    p_adjusted: Probability | None = None
    verdict: Verdict | None = None
    minimum_detectable: float | None
    n: int
    differing: int

    @property
    def is_of_few(self) -> bool:
        """Whether it is to be marked as of fewer than `FEW_SAMPLES` samples."""
        return self.n < FEW_SAMPLES


class SuccessTable(Record):
    """The outcome `success` in both runs, sample by sample; of one with several takes, where more
    than half of them have it.

    Attributes:
        both, only_a, only_b, neither: Number of samples.
        p_value: Of McNemar's exact test, two-sided.
    """

    both: int
    only_a: int
    only_b: int
    neither: int
    p_value: Probability


class Flip(Record):
    """A sample that is a success in one run and not in the other.

    Attributes:
        direction: `gained` where B has the success, `lost` where A has it.
        outcome_a, outcome_b: The outcomes; of several takes the usual one.
    """

    sample_id: str
    category: Category
    prompt: str
    direction: Literal["gained", "lost"]
    outcome_a: Outcome
    outcome_b: Outcome


class RunSummary(Record):
    """One side of a comparison.

    Attributes:
        name, method: From `submission.yaml`.
        judge, judge_fingerprint: Who answered; None where only metrics were computed.
        videos: Number of samples with a video, of those that both runs cover.
    """

    name: str
    method: str | None
    judge: str | None
    judge_fingerprint: Digest | None
    videos: int


class Comparison(Judged):
    """Everything that `omiti2v compare` finds. None stands for "not available".

    Attributes:
        edition: Of both runs.
        a, b: The runs; every difference is b - a.
        covered: Number of samples that both runs cover.
        samples: Number of samples compared: `covered`, less those left out for lack of a video.
        missing: With `zero`, a sample without a video counts 0 for that run; with `drop`, a sample
            without a video in either run is left out of both.
        resamples: Random assignments of the permutation tests.
        seed: Of both.
        family: The headline scores over which `p_adjusted` is adjusted; fixed before any number is
            seen.
        pairs: Number of pairs of runs over which it is adjusted as well.
        pairs_of: Whose pairs these are: those given, or all of a board.
        scores: accuracy, semantic_average, edit_accuracy, preserve_accuracy, edit_success, lift.
        outcomes: success, partial, negligent, broken, unscored.
        coverage: answered, unknown, error and missing: shares of the questions.
        breakdowns: By category (accuracy, success, negligence) and question dimension (accuracy
            over questions).
        metrics: Over the videos measured in both runs.
        success: The four-fold table of successes.
        flips: The samples behind it, ordered by direction and id.
        people: The differences anchored in people's answers; None, and left out of the JSON, where
            people have not answered enough of both runs.
        corrected: The differences corrected for the judge; None as above without a calibration
            that holds what it takes.
        notes: What to know before reading a number.
    """

    edition: EditionStamp
    a: RunSummary
    b: RunSummary
    covered: int
    samples: int
    missing: Missing
    resamples: int
    seed: int
    family: tuple[Headline, ...]
    pairs: int = 1
    pairs_of: PairsOf = "given"
    scores: dict[str, Difference | None]
    outcomes: dict[Outcome, Difference] | None
    coverage: dict[str, Difference]
    breakdowns: dict[str, dict[str, dict[str, Difference]]]
    metrics: dict[str, Difference | None]
    success: SuccessTable | None
    flips: tuple[Flip, ...]
    people: OrAbsent[AnchoredDifferences] = None
    corrected: OrAbsent[CorrectedDifferences] = None
    notes: tuple[str, ...]

    @property
    def headline(self) -> dict[str, Difference]:
        """The headline scores that there are."""
        rows: dict[tuple[str, ...], Difference | None] = {
            ("outcome", name): row for name, row in (self.outcomes or {}).items()
        }
        rows |= {(name,): row for name, row in self.scores.items()}
        return {name: row for name, key in HEADLINE.items() if (row := rows.get(key))}
