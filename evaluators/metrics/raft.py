"""Optical flow by torchvision's RAFT, as VBench runs it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional
from torchvision.models.optical_flow import raft_large

from evaluators.frames import Frames
from evaluators.metrics.checkpoints import fetch_checkpoint, load_into
from evaluators.metrics.model_inputs import as_levels, pick_device

UPDATES = 20
MIN_SIDE = 128
MULTIPLE = 8

Flow = Callable[[Frames, Frames], NDArray[np.float32]]
"""From two RGB pictures of one size to where the first one's pixels went: (height, width, 2)."""


def load_raft(spec: str, *, device: str | None = None) -> tuple[Flow, str]:
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
