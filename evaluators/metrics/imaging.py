"""Image quality by pyiqa: MUSIQ on VBench's scale, and any other of its metrics by name.

MUSIQ is the one trained on SPAQ, on frames with a long side of at most 512, divided by 100. Of any
other metric it is the mean over all frames, on its own scale, by the weights that this version of
pyiqa downloads; they are not checked against a checksum.

pyiqa is under the PolyForm Noncommercial license, and so an extra of its own. It reads pickled
weights as they come; here PyTorch is told to read nothing but tensors while pyiqa loads.
"""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from evaluators.frames import Frames
from evaluators.metrics.base import Metric, Observation, Quantity
from evaluators.metrics.checkpoints import fetch_checkpoint, load_into
from evaluators.metrics.definition import MetricContext, MetricDefinition
from omiti2v.errors import UserError, one_line
from omiti2v.records import brief

if TYPE_CHECKING:
    import torch

    Score = Callable[[torch.Tensor], torch.Tensor]
    """From pictures, shape (n, 3, height, width), 0 to 1, to a score each."""

MUSIQ = "musiq-spaq"
MUSIQ_WEIGHTS = (
    "https://github.com/chaofengc/IQA-PyTorch/releases/download/v0.1-weights/"
    "musiq_spaq_ckpt-358bb6af.pth#sha256=358bb6af"
)
LONG_SIDE = 512
SCALE = 100.0
LICENSE = "Apache-2.0 (code); pyiqa: PolyForm-Noncommercial-1.0.0 and NTU S-Lab, non-commercial"
MODULES = ("torch", "torchvision", "pyiqa")
_TENSORS_ONLY = "TORCH_FORCE_WEIGHTS_ONLY_LOAD"


def _imaging_quality(context: MetricContext) -> Metric:
    # Without weights of its own: pyiqa would download and unpickle them.
    network, device = _create(MUSIQ, context, pretrained=False)
    checkpoint = fetch_checkpoint(context.weights["musiq"], what=context.name)
    load_into(network.net, checkpoint.path, what=context.name)
    quantity = Quantity(
        name="imaging_quality",
        unit="hundredth of MUSIQ's score",
        higher_is_better=True,
        bounds=(None, None),
        description="Mean technical quality of all frames by MUSIQ trained on SPAQ, about 0 to 1.",
        source="VBench imaging quality; pyiqa musiq-spaq",
    )

    def score(frames: Frames) -> float:
        return score_frames(frames, network, device, long_side=LONG_SIDE) / SCALE

    return _metric(quantity, score, checkpoint.sha256[:12])


def _any_of_pyiqa(context: MetricContext) -> Metric:
    name = context.argument
    network, device = _create(name, context)
    if network.metric_mode != "NR":
        raise UserError(
            f"{context.name}: compares pictures with references; give a no-reference metric"
        )
    quantity = Quantity(
        name="iqa_" + re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_"),
        unit="score",
        higher_is_better=not network.lower_better,
        bounds=(None, None),
        description=f"Mean of pyiqa's {name} over all frames.",
        source=f"pyiqa {name}",
    )
    return _metric(quantity, lambda frames: score_frames(frames, network, device))


def score_frames(
    frames: Frames, score: Score, device: torch.device, *, long_side: int | None = None
) -> float:
    """Mean score of all frames.

    Args:
        frames: RGB, shape (n, height, width, 3), uint8.
        score: The network.
        device: Where it is.
        long_side: Larger frames are scaled down to this long side first.
    """
    import torch
    from torchvision.transforms.v2 import functional as pictures

    from evaluators.metrics.model_inputs import as_levels, batches

    found = []
    with torch.inference_mode():
        for part in batches(frames):
            levels = as_levels(part)
            height, width = levels.shape[-2:]
            if long_side and max(height, width) > long_side:
                scale = long_side / max(height, width)
                size = [int(scale * height), int(scale * width)]
                levels = pictures.resize(levels, size, antialias=True)
            found.append(score((levels / 255).clamp(0, 1).to(device)).float().cpu().numpy().ravel())
    return float(np.concatenate(found).mean())


def _create(name: str, context: MetricContext, **options: object) -> tuple[Any, torch.device]:
    import pyiqa

    from evaluators.metrics.model_inputs import pick_device

    if name not in pyiqa.list_models():
        raise UserError(
            f"{context.name}: pyiqa has no metric {brief(name)}; see pyiqa.list_models('NR')"
        )
    device = pick_device(context.device)
    try:
        with tensors_only():
            return pyiqa.create_metric(name, device=device, **options), device
    except Exception as error:  # whatever its networks, downloads and PyTorch raise
        raise UserError(f"{context.name}: pyiqa can't load it: {one_line(error)}") from error


@contextmanager
def tensors_only() -> Iterator[None]:
    """While it lasts, `torch.load` reads tensors and never runs code, whatever its caller says."""
    before = os.environ.get(_TENSORS_ONLY)
    os.environ[_TENSORS_ONLY] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_TENSORS_ONLY]
        else:
            os.environ[_TENSORS_ONLY] = before


def _metric(quantity: Quantity, score: Callable[[Frames], float], *versions: str) -> Metric:
    def measure(observation: Observation) -> Mapping[str, float]:
        return {quantity.name: score(observation.video.frames)}

    version = f"1, pyiqa {importlib.import_module('pyiqa').__version__}"
    return Metric(
        version=", ".join([version, *versions]),
        measure=measure,
        quantities=(quantity,),
        license=LICENSE,
    )


IMAGING_QUALITY = MetricDefinition(
    summary="Technical quality as in VBench: MUSIQ trained on SPAQ.",
    build=_imaging_quality,
    requirement="omiti2v[iqa]",
    modules=MODULES,
    weights={"musiq": "MUSIQ trained on SPAQ, of pyiqa; its release where not given"},
    defaults={"musiq": MUSIQ_WEIGHTS},
)
PYIQA = MetricDefinition(
    summary="Any no-reference metric of pyiqa, on its own scale.",
    build=_any_of_pyiqa,
    requirement="omiti2v[iqa]",
    modules=MODULES,
    argument="NAME",
)
