"""VBench's dynamic degree: RAFT's flow between frames at about 8 per second, at their own size.

VBench's checkpoint is `raft-things`; torchvision's `C_T_V1` is the same one, ported. One departure:
a clip of two sampled frames, which VBench always calls dynamic, needs a moving pair here too.

The decision is a pure function of optical flow, whatever gave it. A pair of neighboring frames
moves where the mean of the fastest 5 % of its flow is above 6 pixels for a short side of 256, in
proportion for others; a video is dynamic where at least a quarter as many pairs move as it has
frames.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evaluators.frames import Frames, Video
from evaluators.metrics.base import Metric, Observation, Quantity
from evaluators.metrics.definition import MetricContext, MetricDefinition

if TYPE_CHECKING:
    from evaluators.metrics.raft import Flow

RAFT_THINGS = "https://download.pytorch.org/models/raft_large_C_T_V1-22a6c225.pth#sha256=22a6c225"
FPS = 8
SHORT_SIDE = 256
TOP_SHARE = 0.05
THRESHOLD = 6.0
DYNAMIC_SHARE = 0.25


def mean_of_fastest(field: NDArray[np.floating]) -> float:
    """Mean length of the largest 5 % of a flow field.

    Args:
        field: Pixels, shape (height, width, 2).
    """
    length = np.hypot(field[..., 0], field[..., 1]).ravel()
    top = max(1, int(length.size * TOP_SHARE))
    return float(np.partition(length, -top)[-top:].mean())


def is_dynamic(magnitudes: NDArray[np.float64], *, short_side: int) -> bool:
    """Whether a video moves by VBench's rule.

    Args:
        magnitudes: `mean_of_fastest` of each pair of neighboring frames, one fewer than the
            frames.
        short_side: Of the frames that the flow was computed on, in pixels.
    """
    threshold = THRESHOLD * short_side / SHORT_SIDE
    # VBench rounds to zero for two frames and then calls any clip dynamic.
    needed = max(1, round(DYNAMIC_SHARE * (len(magnitudes) + 1)))
    return int((magnitudes > threshold).sum()) >= needed


def vbench_frames(video: Video) -> Frames:
    """The frames that VBench looks at: every n-th, n = frame rate / 8 rounded, at least 1.

    Returns:
        RGB, shape (n, height, width, 3), uint8, at the video's own size.
    """
    return video.frames[:: max(1, round(video.fps / FPS))]


def dynamic_degree(flow: Flow, *, name: str) -> Metric:
    """The metric on any optical flow.

    Args:
        flow: The optical flow.
        name: Of the flow and its weights.
    """

    def measure(observation: Observation) -> Mapping[str, float]:
        frames = vbench_frames(observation.video)
        fields = (flow(one, other) for one, other in pairwise(frames))
        magnitudes = np.array([mean_of_fastest(field) for field in fields])
        dynamic = is_dynamic(magnitudes, short_side=min(frames.shape[1:3]))
        return {"dynamic_degree": float(dynamic)}

    return Metric(
        version=f"1, {name}",
        measure=measure,
        quantities=(
            Quantity(
                name="dynamic_degree",
                unit="share of videos",
                higher_is_better=True,
                bounds=(0.0, 1.0),
                description=f"Whether a quarter of the frames move by VBench's rule, by {name}.",
                source="VBench dynamic degree",
            ),
        ),
        license="Apache-2.0 (code); torchvision and RAFT: BSD-3-Clause",
    )


def _with_raft(context: MetricContext) -> Metric:
    from evaluators.metrics.raft import load_raft

    flow, name = load_raft(context.weights["raft"], device=context.device)
    return dynamic_degree(flow, name=name)


DYNAMIC_DEGREE = MetricDefinition(
    summary="Whether a quarter of the frames move as in VBench, by RAFT's flow.",
    build=_with_raft,
    requirement="omiti2v[clip]",
    modules=("torch", "torchvision"),
    weights={"raft": "raft_large of torchvision; C_T_V1 where not given"},
    defaults={"raft": RAFT_THINGS},
)
