"""What became of a sample: every sample has exactly one outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal

from omiti2v.responses import Answer
from omiti2v.samples import Sample

Outcome = Literal["success", "partial", "negligent", "broken", "unscored"]

OUTCOMES: tuple[Outcome, ...] = ("success", "partial", "negligent", "broken", "unscored")


def sample_outcome(sample: Sample, answers: Mapping[str, Answer]) -> Outcome:
    """The outcome of one sample; the first that applies, in this order.

    - `unscored`: there is no video, or no edit question was answered;
    - `broken`: an answered preserve question is wrong: something that should have stayed is lost;
    - `success`: every question was answered, and rightly;
    - `negligent`: every answered edit question got the answer that the untouched reference image
      would get: the prompt was ignored;
    - `partial`: the rest.

    "Answered" means yes or no; unknown, error and absent answers are not answers.

    Args:
        sample: Its questions must all have a reference answer.
        answers: By question id; empty where there is no video.

    Raises:
        ValueError: A question has no reference answer, so that its role is not known.
    """
    edit_answered = preserve_wrong = False
    edit_ignored = all_right = True
    for question in sample.questions:
        if question.role is None:
            raise ValueError(f"{sample.id}: question {question.id} has no reference answer")
        answer = answers.get(question.id)
        right = answer == question.expected_answer
        all_right &= right
        if answer not in ("yes", "no"):
            continue
        if question.role == "edit":
            edit_answered = True
            edit_ignored &= not right
        else:
            preserve_wrong |= not right
    if not edit_answered:
        return "unscored"
    if preserve_wrong:
        return "broken"
    if all_right:
        return "success"
    if edit_ignored:
        return "negligent"
    return "partial"


def usual_outcome(outcomes: Sequence[Outcome]) -> Outcome:
    """The one outcome that a sample with several videos stands under in lists and tables of yes and
    no: success where more than half of its videos have it, else the most frequent of the others,
    of equally frequent ones the last of `OUTCOMES`.

    Args:
        outcomes: Of its videos, at least one; of a single one it is the outcome itself.
    """
    counts = Counter(outcomes)
    if 2 * counts.pop("success", 0) > len(outcomes):
        return "success"
    return max(counts, key=lambda name: (counts[name], OUTCOMES.index(name)))
