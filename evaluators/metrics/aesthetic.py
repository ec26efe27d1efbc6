"""Aesthetic quality as VBench computes it: LAION's linear head on CLIP's features, divided by 10.

The head is `sa_0_4_vit_l_14_linear.pth` of LAION's aesthetic predictor and goes with OpenAI's CLIP
ViT-L/14. It is another head, on another scale, than the `laion_aes` of pyiqa.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from evaluators.metrics.base import Metric, Observation, Quantity
from evaluators.metrics.checkpoints import fetch_checkpoint, load_into
from evaluators.metrics.definition import CLIP_MODULES, MetricContext, MetricDefinition
from omiti2v.errors import UserError

SCALE = 10.0


def _build(context: MetricContext) -> Metric:
    import torch

    clip = context.open_clip("aesthetic_clip")
    checkpoint = fetch_checkpoint(context.weights["aesthetic_head"], what=context.name)
    linear = torch.nn.Linear(clip.dimensions, 1)
    try:
        load_into(linear, checkpoint.path, what=context.name)
    except UserError as error:
        raise UserError(
            f"{error}; a head on {clip.dimensions} dimensions is needed with {clip.name}"
        ) from None
    weight = linear.weight.detach().float().numpy()[0]
    bias = float(linear.bias.detach())

    def measure(observation: Observation) -> Mapping[str, float]:
        seen = clip.embed_frames_as_vbench(observation.video.frames)
        return {"aesthetic_quality": float(np.mean(seen @ weight + bias)) / SCALE}

    return Metric(
        version=f"1, {clip.name}, head {checkpoint.sha256[:12]}",
        measure=measure,
        quantities=(
            Quantity(
                name="aesthetic_quality",
                unit="tenth of a rating from 1 to 10",
                higher_is_better=True,
                # The head is linear and its ratings are not held between 1 and 10.
                bounds=(None, None),
                description=f"Mean rating of all frames by LAION's linear head on {clip.name}.",
                source="VBench aesthetic quality; LAION aesthetic-predictor, sa_0_4_vit_l_14",
            ),
        ),
        license="Apache-2.0 (code); OpenAI CLIP: MIT; LAION aesthetic-predictor: MIT",
    )


AESTHETIC_QUALITY = MetricDefinition(
    summary="Aesthetic rating as in VBench: LAION's linear head on CLIP.",
    build=_build,
    requirement="omiti2v[clip]",
    modules=CLIP_MODULES,
    weights={
        "aesthetic_head": "LAION's sa_0_4_vit_l_14_linear.pth",
        "aesthetic_clip": "an open_clip model; VBench's is OpenAI's ViT-L/14",
    },
)
