"""VBench's subject and background consistency: one formula on the features of two models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from evaluators.metrics.base import Metric, Observation, Quantity
from evaluators.metrics.definition import CLIP_MODULES, MetricContext, MetricDefinition

if TYPE_CHECKING:
    from evaluators.metrics.clip_model import ClipModel
    from evaluators.metrics.dino import DinoModel
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


def background_consistency(clip: ClipModel) -> Metric:
    """Consistency of CLIP's features of whole frames; VBench takes OpenAI's ViT-B/32."""

    def measure(observation: Observation) -> Mapping[str, float]:
        seen = clip.embed_frames_as_vbench(observation.video.frames)
        return {"background_consistency": consistency(seen)}

    return _metric("background_consistency", "CLIP", clip.name, measure)


def subject_consistency(dino: DinoModel) -> Metric:
    """Consistency of DINO's features of whole frames; VBench takes DINO ViT-B/16."""

    def measure(observation: Observation) -> Mapping[str, float]:
        return {"subject_consistency": consistency(dino.embed_frames(observation.video.frames))}

    return _metric("subject_consistency", "DINO", dino.name, measure)


def _metric(
    name: str,
    kind: str,
    model: str,
    measure: Callable[[Observation], Mapping[str, float]],
) -> Metric:
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


def _with_dino(context: MetricContext) -> Metric:
    from evaluators.metrics.dino import load_dino

    dino = load_dino(context.weights["dino"], what=context.name, device=context.device)
    return subject_consistency(dino)


BACKGROUND_CONSISTENCY = MetricDefinition(
    summary="Likeness of whole frames over time as in VBench, by CLIP.",
    build=lambda context: background_consistency(context.open_clip("background_clip")),
    requirement="omiti2v[clip]",
    modules=CLIP_MODULES,
    weights={"background_clip": "an open_clip model; VBench's is OpenAI's ViT-B/32"},
)
SUBJECT_CONSISTENCY = MetricDefinition(
    summary="Likeness of whole frames over time as in VBench, by DINO.",
    build=_with_dino,
    requirement="omiti2v[clip]",
    modules=("torch", "torchvision"),
    weights={"dino": "a vision transformer; VBench's is DINO ViT-B/16"},
)
