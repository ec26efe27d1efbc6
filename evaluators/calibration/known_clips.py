"""Clips of which every answer is known, from wherever they come."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from evaluators.calibration.trials import Answers, Shown, Trial
from omiti2v.calibration import Ground
from omiti2v.samples import Sample, YesNo

Progress = Callable[[], None]


@dataclass(frozen=True)
class Truth:
    """What is true of one clip.

    Attributes:
        answers: By question id.
        written: What the words over the frames tell a judge to say; None where there are none.
    """

    answers: Mapping[str, YesNo]
    written: YesNo | None = None


@dataclass(frozen=True, kw_only=True)
class KnownClips:
    """Clips on one kind of ground.

    Attributes:
        ground: Names their folder too.
        samples: In the edition's order.
        edit_kinds: Of each sample, by its id, as "appears".
        truths: By what the clips do, then by sample id; not every sample has a clip of each.
        write: Writes `edition/` and `videos/<what the clips do>/` into a folder, and calls its
            second argument after each clip that takes a while.
    """

    ground: Ground
    samples: tuple[Sample, ...]
    edit_kinds: Mapping[str, str]
    truths: Mapping[Shown, Mapping[str, Truth]]
    write: Callable[[Path, Progress], None]

    def scene(self, sample: Sample) -> str:
        """What is resampled: a sample on its ground."""
        return f"{self.ground}/{sample.id}"

    def trials(self, shown: Shown, answers: Answers, others: Answers) -> Iterator[Trial]:
        """A trial for each question on each clip.

        Args:
            shown: What the clips do.
            answers: The judge's.
            others: Those on other frames; empty where it was not asked again.
        """
        truths = self.truths[shown]
        for sample in self.samples:
            if sample.id not in truths:
                continue
            truth = truths[sample.id]
            facets = {facet.id: facet.kind for facet in sample.facets or ()}
            for question in sample.questions:
                key = (sample.id, question.id)
                yield Trial(
                    scene=self.scene(sample),
                    ground=self.ground,
                    category=sample.category,
                    kind=self.edit_kinds[sample.id],
                    behaviour=shown,
                    question_id=question.id,
                    dimension=question.dimension,
                    facet=facets[question.facet] if question.facet else None,
                    people=sample.people,
                    truth=truth.answers[question.id],
                    answer=answers[key].answer,
                    p_yes=answers[key].p_yes,
                    answer_on_other_frames=others[key].answer if key in others else None,
                    written=truth.written,
                )
