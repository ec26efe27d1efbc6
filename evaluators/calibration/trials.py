"""One question to a judge of which the true answer is known."""

from __future__ import annotations

from evaluators.calibration.plan import Ground
from evaluators.world import Behaviour, Kind
from omiti2v.records import Record
from omiti2v.responses import Answer, Probability
from omiti2v.samples import Category, YesNo


class Trial(Record):
    """One question on one clip.

    Attributes:
        scene: Id of the sample, with its background: the unit that is resampled.
        ground: Kind of background.
        category: Of the sample's edit.
        kind: Of the sample's edit, as "appears".
        behaviour: What the clip does.
        question_id: The question within the sample.
        dimension: Its dimension.
        truth: The true answer.
        answer: The judge's.
        p_yes: Its P(yes), in [0, 1]; None where it gives none.
        answer_on_other_frames: Its answer when it saw other frames of the same clip; None where it
            was not asked again.
        written: What the words over the frames tell it to say; None where there are none.
    """

    scene: str
    ground: Ground
    category: Category
    kind: Kind
    behaviour: Behaviour
    question_id: str
    dimension: str
    truth: YesNo
    answer: Answer
    p_yes: Probability | None = None
    answer_on_other_frames: Answer | None = None
    written: YesNo | None = None
