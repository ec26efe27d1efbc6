"""Agreement of a video with texts and with its reference image, in an open_clip model's space."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evaluators.metrics.base import Metric, Observation, Quantity
from evaluators.metrics.definition import CLIP_MODULES, MetricContext, MetricDefinition
from omiti2v.errors import UserError

if TYPE_CHECKING:
    from evaluators.metrics.clip_model import ClipModel
    from evaluators.metrics.model_inputs import Features

LAST_SHARE = 0.25
NO_CHANGE = 1e-3
CAPTIONS = ("caption_before", "caption_after")
LICENSE = "Apache-2.0 (code); of the weights: as their publisher states"


def mean_and_end(frames: Features, target: Features) -> tuple[float, float]:
    """Mean cosine of all frames with a vector, and of the last quarter of them.

    Args:
        frames: Vectors of length 1, shape (n, dimensions).
        target: A vector of length 1, shape (dimensions,).
    """
    cosines = np.clip(frames @ target, -1.0, 1.0)
    last = max(1, int(np.ceil(len(cosines) * LAST_SHARE)))
    return float(cosines.mean()), float(cosines[-last:].mean())


def directional_agreement(frames: Features, before: Features, after: Features) -> float:
    """Cosine of the change from the first frame to the last with that from text to text.

    Args:
        frames: Vectors of length 1, shape (n, dimensions).
        before: Of the caption before, shape (dimensions,).
        after: Of the caption after.

    Returns:
        In [-1, 1]; 0 where the pictures or the texts do not change, for want of a direction.
    """
    seen, told = frames[-1] - frames[0], after - before
    lengths = float(np.linalg.norm(seen)), float(np.linalg.norm(told))
    if min(lengths) < NO_CHANGE:
        return 0.0
    return float(np.clip(seen @ told / (lengths[0] * lengths[1]), -1.0, 1.0))


def neighbor_similarity(frames: Features) -> float:
    """Mean cosine of neighboring frames, vectors of length 1; 1 for a single frame."""
    if len(frames) < 2:
        return 1.0
    cosines: NDArray[np.float32] = (frames[1:] * frames[:-1]).sum(axis=1)
    return float(np.clip(cosines, -1.0, 1.0).mean())


def _with_text(
    name: str, field: str, clip: ClipModel, observation: Observation
) -> Mapping[str, float]:
    target = clip.embed_texts(_texts(observation, [field]))[0]
    mean, end = mean_and_end(clip.embed_video(observation.video), target)
    return {name: mean, f"{name}_end": end}


def _with_direction(clip: ClipModel, observation: Observation) -> Mapping[str, float]:
    before, after = clip.embed_texts(_texts(observation, CAPTIONS))
    frames = clip.embed_video(observation.video)
    return {"clip_directional_agreement": directional_agreement(frames, before, after)}


def _with_reference(clip: ClipModel, observation: Observation) -> Mapping[str, float]:
    target = clip.embed_frames(observation.reference[None])[0]
    mean, _ = mean_and_end(clip.embed_video(observation.video), target)
    return {"clip_reference_similarity": mean}


def _with_neighbors(clip: ClipModel, observation: Observation) -> Mapping[str, float]:
    return {"clip_frame_consistency": neighbor_similarity(clip.embed_video(observation.video))}


def _texts(observation: Observation, fields: Sequence[str]) -> list[str]:
    sample = observation.sample
    for field in fields:
        if not getattr(sample, field):
            raise UserError(f"the sample has no {field}")
    return [str(getattr(sample, field)) for field in fields]


def _definition(
    measure: Callable[[ClipModel, Observation], Mapping[str, float]],
    descriptions: Mapping[str, str],
    *,
    texts: tuple[str, ...] = (),
    note: str = "",
    higher_is_better: bool | None = True,
    source: str = "CLIPScore, not rescaled",
) -> MetricDefinition:
    """A metric on cosines in the space of the model in the slot `clip`.

    Args:
        measure: The numbers, with the model.
        descriptions: What each number is, by its name.
        texts: Fields of the sample that it compares with, to be told where the model did not see
            their ends.
        note: More for the summary.
        higher_is_better, source: As in `Quantity`.
    """

    def build(context: MetricContext) -> Metric:
        clip = context.open_clip("clip")
        return Metric(
            version=f"1, {clip.name}",
            measure=partial(measure, clip),
            remark=lambda observation: clip.remark(_texts(observation, texts)),
            quantities=tuple(
                Quantity(
                    name=name,
                    unit="cosine",
                    higher_is_better=higher_is_better,
                    bounds=(-1.0, 1.0),
                    description=f"{description}, by {clip.name}.",
                    source=source,
                )
                for name, description in descriptions.items()
            ),
            license=LICENSE,
        )

    return MetricDefinition(
        summary=f"{next(iter(descriptions.values()))}, by CLIP{note}.",
        build=build,
        requirement="omiti2v[clip]",
        modules=CLIP_MODULES,
        weights={"clip": "an open_clip model, for the clip_... metrics"},
        sample_fields=texts,
    )


PROMPT_ALIGNMENT = _definition(
    partial(_with_text, "clip_prompt_alignment", "prompt"),
    {
        "clip_prompt_alignment": "Agreement of the frames with the prompt",
        "clip_prompt_alignment_end": "The same in the last quarter",
    },
    texts=("prompt",),
)
CAPTION_ALIGNMENT = _definition(
    partial(_with_text, "clip_caption_alignment", "caption_after"),
    {
        "clip_caption_alignment": "Agreement with the caption after",
        "clip_caption_alignment_end": "The same in the last quarter",
    },
    texts=("caption_after",),
    note=", for editions with captions",
)
DIRECTIONAL_AGREEMENT = _definition(
    _with_direction,
    {
        "clip_directional_agreement": "Change of caption before to after against change of first "
        "frame to last"
    },
    texts=CAPTIONS,
    note=", for editions with captions",
    source="StyleGAN-NADA's directional similarity, between texts and frames",
)
REFERENCE_SIMILARITY = _definition(
    _with_reference,
    {"clip_reference_similarity": "Agreement with the reference image"},
    # A still has the most of it, and an edit costs some.
    higher_is_better=None,
)
FRAME_CONSISTENCY = _definition(
    _with_neighbors, {"clip_frame_consistency": "Agreement of neighboring frames"}
)
