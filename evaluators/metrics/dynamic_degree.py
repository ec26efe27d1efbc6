"""VBench's dynamic degree: RAFT's flow between frames at about 8 per second, at their own size.

VBench's checkpoint is `raft-things`; torchvision's `C_T_V1` is the same one, ported. One departure:
a clip of two sampled frames, which VBench always calls dynamic, needs a moving pair here too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional
from torchvision.models.optical_flow import raft_large

from evaluators.frames import Frames, Video
from evaluators.metrics.base import Metric, Observation, Quantity
from evaluators.metrics.checkpoints import fetch_checkpoint, load_into
from evaluators.metrics.dynamic import is_dynamic, mean_of_fastest
from evaluators.metrics.model_inputs import as_levels, pick_device

RAFT_THINGS = "https://download.pytorch.org/models/raft_large_C_T_V1-22a6c225.pth#sha256=22a6c225"
FPS = 8
UPDATES = 20
MIN_SIDE = 128
MULTIPLE = 8

Flow = Callable[[Frames, Frames], NDArray[np.float32]]
"""From two RGB pictures of one size to where the first one's pixels went: (height, width, 2)."""


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
        requirements=("omiti2v[clip]", "RAFT weights of torchvision"),
        licence="Apache-2.0 (code); torchvision and RAFT: BSD-3-Clause",
    )


def load_raft(spec: str = RAFT_THINGS, *, device: str | None = None) -> tuple[Flow, str]:
    """RAFT of torchvision as a flow, and the name of its weights.

    Args:
        spec: A file as in `fetch_checkpoint`.
        device: A torch device; None takes "cuda" where there is one, else "cpu".

    Raises:
        UserError: The weights can't be had or are not RAFT's.
    """
    checkpoint = fetch_checkpoint(spec, what="dynamic_degree")
    network = raft_large(weights=None)
    load_into(network, checkpoint.path, what="dynamic_degree")
    return raft_flow(network, device=device), f"raft_large {checkpoint.sha256[:12]}"


def raft_flow(network: torch.nn.Module, *, device: str | None = None) -> Flow:
    """A RAFT network as a flow.

    Args:
        network: Of torchvision's class RAFT.
        device: As for `load_raft`.
    """
    place = pick_device(device)
    network = network.eval().to(place)

    def flow(one: Frames, other: Frames) -> NDArray[np.float32]:
        height, width = one.shape[:2]
        if min(height, width) < MIN_SIDE:
            raise ValueError(
                f"RAFT needs frames of at least {MIN_SIDE}x{MIN_SIDE}, got {width}x{height}"
            )
        pair = as_levels(np.stack([one, other])) / 127.5 - 1
        pair = functional.pad(pair, padding(height, width), mode="replicate").to(place)
        with torch.inference_mode():
            field = network(pair[:1], pair[1:], num_flow_updates=UPDATES)[-1][0]
        return np.asarray(field.permute(1, 2, 0).float().cpu().numpy())

    return flow


def padding(height: int, width: int) -> list[int]:
    """Pixels to add left, right, above and below, so that both sides are multiples of 8.

    VBench measures the flow on the padded frames, so that they are not cut back.
    """
    below, right = -height % MULTIPLE, -width % MULTIPLE
    return [right // 2, right - right // 2, below // 2, below - below // 2]
