"""One question to a judge of which the true answer is known."""

from __future__ import annotations

from collections.abc import Mapping

from evaluators.contrast.recipe import ClipKind
from evaluators.world import Behaviour
from omiti2v.calibration import Ground
from omiti2v.records import OrAbsent, Record
from omiti2v.responses import Answer, Probability, Response
from omiti2v.samples import Category, FacetKind, Name, People, YesNo

Shown = Behaviour | ClipKind
"""What a clip does: a behaviour of the world, or a kind of the contrast set."""

Answers = Mapping[tuple[str, str], Response]
"""By sample and question."""


class Trial(Record):
    """One question on one clip.

    Attributes:
        scene: Id of the sample, with its ground: the unit that is resampled.
        ground: Kind of background, or "contrast".
        category: Of the sample's edit.
        kind: Of the sample's edit, as "appears": of the contrast set its subcategory.
        behaviour: What the clip does.
        question_id: The question within the sample.
        dimension: Its dimension.
        facet: Kind of the facet that it tests; None where that is not known.
        people: As the sample has it; None where that is not known.
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
    kind: Name
    behaviour: Shown
    question_id: str
    dimension: str
    facet: OrAbsent[FacetKind] = None
    people: OrAbsent[People] = None
    truth: YesNo
    answer: Answer
    p_yes: Probability | None = None
    answer_on_other_frames: Answer | None = None
    written: YesNo | None = None
