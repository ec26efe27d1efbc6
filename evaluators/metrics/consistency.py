"""VBench's subject and background consistency: one formula on the features of two models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from evaluators.frames import Frames
from evaluators.metrics.base import Metric, Observation, Quantity
from evaluators.metrics.definition import CLIP_MODULES, MetricContext, MetricDefinition

if TYPE_CHECKING:
    from evaluators.metrics.model_inputs import Features


def consistency(frames: Features) -> float:
    """How alike each frame is to the one before it and to the first.

    Args:
        frames: Vectors of length 1, shape (n, dimensions), of all frames of a video.

    Returns:
        In [0, 1]: the mean, over the frames after the first, of the cosine with the previous frame
        and the cosine with the first, negative ones counted as 0; 1 for a single frame.
    """
    if len(frames) < 2:
        return 1.0
    previous = (frames[1:] * frames[:-1]).sum(axis=1)
    first = frames[1:] @ frames[0]
    return float(np.mean(np.clip(previous, 0, 1) + np.clip(first, 0, 1)) / 2)


def _background(context: MetricContext) -> Metric:
    clip = context.open_clip("background_clip")
    return _metric("background_consistency", "CLIP", clip.name, clip.embed_frames_as_vbench)


def _subject(context: MetricContext) -> Metric:
    from evaluators.metrics.dino import load_dino

    dino = load_dino(context.weights["dino"], what=context.name, device=context.device)
    return _metric("subject_consistency", "DINO", dino.name, dino.embed_frames)


def _metric(name: str, kind: str, model: str, embed: Callable[[Frames], Features]) -> Metric:
    def measure(observation: Observation) -> Mapping[str, float]:
        return {name: consistency(embed(observation.video.frames))}

    return Metric(
        version=f"1, {model}",
        measure=measure,
        quantities=(
            Quantity(
                name=name,
                unit="cosine",
                higher_is_better=True,
                bounds=(0.0, 1.0),
                description=f"Likeness of each frame to the one before and the first, by {model}.",
                source=f"VBench {name.replace('_', ' ')} ({kind} features)",
            ),
        ),
        license="Apache-2.0 (code); OpenAI CLIP: MIT; DINO: Apache-2.0",
    )


BACKGROUND_CONSISTENCY = MetricDefinition(
    summary="Likeness of whole frames over time as in VBench, by CLIP.",
    build=_background,
    requirement="omiti2v[clip]",
    modules=CLIP_MODULES,
    weights={"background_clip": "an open_clip model; VBench's is OpenAI's ViT-B/32"},
)
SUBJECT_CONSISTENCY = MetricDefinition(
    summary="Likeness of whole frames over time as in VBench, by DINO.",
    build=_subject,
    requirement="omiti2v[clip]",
    modules=("torch", "torchvision"),
    weights={"dino": "a vision transformer; VBench's is DINO ViT-B/16"},
)
