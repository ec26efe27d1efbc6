"""The contrast set as clips to calibrate on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from evaluators.calibration.known_clips import KnownClips, Progress, Truth
from evaluators.contrast.contrast_set import ContrastSet
from evaluators.contrast.recipe import CLIP_KINDS, Clip
from evaluators.contrast.store import write_contrast
from omiti2v.samples import Sample


@dataclass(frozen=True)
class ContrastPlan:
    """Which clips of the contrast set.

    Attributes:
        found: The set.
        samples: Those of which all clips are judged.
    """

    found: ContrastSet
    samples: tuple[Sample, ...]

    @property
    def clips(self) -> tuple[Clip, ...]:
        """In the order of the samples."""
        return tuple(clip for sample in self.samples for clip in self.found.clips[sample.id])

    def sizes(self) -> set[tuple[int, int]]:
        """Width and height of the clips, each once.

        Raises:
            UserError: An image can't be read.
        """
        pictures = (self.found.pictures(sample) for sample in self.samples)
        return {(one.width, one.height) for one in pictures}


def contrast_clips(plan: ContrastPlan) -> KnownClips:
    """The clips of a plan, each kind a submission of its own."""
    kinds = [kind for kind in CLIP_KINDS if any(clip.kind == kind for clip in plan.clips)]
    return KnownClips(
        ground="contrast",
        samples=plan.samples,
        edit_kinds={sample.id: sample.subcategory or sample.category for sample in plan.samples},
        truths={
            kind: {clip.sample.id: Truth(clip.answers) for clip in plan.clips if clip.kind == kind}
            for kind in kinds
        },
        write=partial(_write, plan),
    )


def _write(plan: ContrastPlan, folder: Path, progress: Progress) -> None:
    write_contrast(plan.found, folder, samples=plan.samples, progress=progress)
