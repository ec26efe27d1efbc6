"""One answer from several: of judges, or of people."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from omiti2v.calibration import Calibration
from omiti2v.responses import Answer

JUDGED: tuple[Answer, ...] = ("yes", "no", "unknown")
"""What one that saw the video can say; an error is no judgement."""

_NOTHING = 1e-9  # what is left of weights that cancel each other

Weights = Mapping[Answer, float]
"""By answer: the log of how much more often it is given where yes is true than where no is."""


def majority_answer(answers: Sequence[Answer | None]) -> Answer:
    """What more than half of the judges say who came to a judgement.

    Yes, no and unknown are judgements; an error or a question never asked is none and is left
    aside. So "unknown" is a vote against a majority, and a tie is unknown.

    Returns:
        yes or no; unknown where neither has more than half; error where there is no judgement.
    """
    judged = [answer for answer in answers if answer in JUDGED]
    if not judged:
        return "error"
    options: tuple[Answer, ...] = ("yes", "no")
    for option in options:
        if 2 * judged.count(option) > len(judged):
            return option
    return "unknown"


def answer_weights(calibration: Calibration) -> Weights | None:
    """What a judge's answer is worth, by its measured false yes and false no.

    They are those on the contrast set, where the calibration is on it.

    In a vote of judges that err independently of each other, the sum of these logarithms says
    which answer is the more likely (naive Bayes with rates that are known, where Dawid and Skene,
    Applied Statistics 28, 1979, estimate them). No rate is taken for less than that of half an
    error more than the questions asked.

    Returns:
        None where a rate is not known. An unknown is worth 0: the rates are not told apart by it.
    """
    _, shares = calibration.by_ground[0]
    false_yes, false_no = shares.get("false_positives"), shares.get("false_negatives")
    if false_yes is None or false_no is None:
        return None
    unanswered = shares.get("unanswered")
    spoken = 1 - (unanswered.value if unanswered else 0.0)
    least = 0.5 / (calibration.questions + 1)

    def at_least(share: float) -> float:
        return max(least, share)

    yes = at_least(spoken - false_no.value) / at_least(false_yes.value)
    no = at_least(false_no.value) / at_least(spoken - false_yes.value)
    return {"yes": math.log(yes), "no": math.log(no)}


def weighted_answer(answers: Sequence[Answer | None], weights: Sequence[Weights]) -> Answer:
    """What judges say together, each by what its answer is worth.

    Args:
        answers: Of each judge; None where it was not asked.
        weights: Of each judge.

    Returns:
        yes or no; unknown where neither is the more likely; error where there is no judgement.
    """
    pairs = zip(answers, weights, strict=True)
    judged = [weight.get(answer, 0.0) for answer, weight in pairs if answer in JUDGED and answer]
    if not judged:
        return "error"
    total = sum(judged)
    if abs(total) < _NOTHING:
        return "unknown"
    return "yes" if total > 0 else "no"
