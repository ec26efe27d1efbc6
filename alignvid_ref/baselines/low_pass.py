"""Adaptive Low-Pass Guidance: guidance whose direction does not see the image's details at first.

From the paper (arXiv 2506.08456, CVPR 2026), with x the noisy video, i the image condition, i' the
same low-passed, c the prompt, 0 the empty or negative prompt and w the guidance scale:

    v(x) = v(x, i, 0) + w (v(x, i', c) - v(x, i', 0))

in the first steps, and plain guidance in the others. It takes three forwards where guidance takes
two. It is a form of guidance: where none is computed (a scale of 1 or less) there is no v(x, i', 0)
and the formula says nothing, so that it is refused here. One forward with i' would be another
method: in the paper the first term sees the image as it is, because with i' in all three the
sampling is unstable. The formula is taken from notes on the CVPR version, not from its full text.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from alignvid_ref.baselines.attachment import (
    StepWatch,
    argument_namer,
    attached,
    eagerly,
    put_layer,
)
from alignvid_ref.baselines.config import AlgConfig
from alignvid_ref.sites import unwrap
from alignvid_ref.swap import Remove
from omiti2v.errors import UserError


@contextmanager
def alg(pipe: Any, config: AlgConfig | None = None) -> Iterator[StepWatch]:
    """Adaptive Low-Pass Guidance on a Wan image-to-video pipeline, in a `with` block.

    The formula and the bilinear resizing of the latents are the paper's. Ours, because it does not
    say: all latent frames of the condition are filtered, each by itself; the mask beside them and
    the CLIP embedding of the image are not; resizing is antialiased, since without it fine detail
    is folded into coarse instead of taken away.

    The pipeline is not changed: its forward with the prompt gets i', and what it takes for the one
    without is v(x, i', 0) + (v(x, i, 0) - v(x, i', 0)) / (1 - w), of which its own guidance makes
    the formula.

    Args:
        pipe: With the image beside the noise, as in Wan2.1 and Wan2.2 A14B; not Wan2.2 5B.
        config: The paper's for Wan if not given.

    Raises:
        UserError: It does not work on this pipeline or is on it already; inside the block, a call
            without classifier-free guidance.
    """
    chosen = config or AlgConfig()

    def attach(transformer: nn.Module, watch: StepWatch, removers: list[Remove]) -> None:
        settings: Any = unwrap(transformer).config
        if settings.in_channels < 2 * settings.out_channels:
            raise UserError(
                "alg: needs a Wan with the image latents beside the noise, got in_channels "
                f"{settings.in_channels} with out_channels {settings.out_channels}"
            )
        removers.append(_put(pipe, transformer, watch, chosen))

    with attached(pipe, "alg", until=chosen.until, attach=attach) as watch:
        yield watch


def low_passed(latents: Tensor, scale: float) -> Tensor:
    """Video latents without what is lost when they are resized to `scale` and back.

    Args:
        latents: Shape (batch, channels, frames, height, width).
        scale: Above 0 and up to 1.

    Returns:
        The same shape and dtype.
    """
    height, width = latents.shape[-2:]
    small = max(1, round(height * scale)), max(1, round(width * scale))
    frames = latents.float().movedim(2, 1).flatten(0, 1)
    frames = nn.functional.interpolate(frames, small, mode="bilinear", antialias=True)
    frames = nn.functional.interpolate(frames, (height, width), mode="bilinear")
    whole = frames.view(latents.shape[0], latents.shape[2], -1, height, width)
    return whole.movedim(1, 2).to(latents.dtype)


def _put(pipe: Any, transformer: nn.Module, watch: StepWatch, config: AlgConfig) -> Remove:
    cls = type(transformer)
    inner: Any = unwrap(transformer)
    image_channels = inner.config.out_channels
    by_name = argument_namer(transformer)
    is_second = transformer is getattr(pipe, "transformer_2", None)

    def enter(arguments: dict[str, Any]) -> None:
        watch.enter(float(arguments["timestep"].max()))

    enter_eagerly = eagerly(enter)

    def call(self: nn.Module, *args: Any, **kwargs: Any) -> Any:
        plain = by_name(args, kwargs)
        enter_eagerly(plain)
        if not watch.on:
            return cls.__call__(self, *args, **kwargs)
        scale = _guidance_scale(pipe, is_second=is_second)
        noisy, image = plain["hidden_states"].tensor_split([-image_channels], dim=1)
        filtered = torch.cat([noisy, low_passed(image, config.scale)], dim=1)
        low = plain | {"hidden_states": filtered}
        if watch.is_first:
            return cls.__call__(self, **low)
        made = cls.__call__(self, **plain)
        # A cache of the blocks keeps what it knows by the name of the forward.
        with inner.cache_context("uncond_low_pass"):
            coarse = cls.__call__(self, **low)[0].float()
        fine = made[0].float()
        joined = (coarse + (fine - coarse) / (1 - scale)).to(made[0].dtype)
        return (joined,) if isinstance(made, tuple) else type(made)(sample=joined)

    return put_layer(transformer, "alg", call)


def _guidance_scale(pipe: Any, *, is_second: bool) -> float:
    # Wan2.2 guides its second expert by a scale of its own.
    own = getattr(pipe, "_guidance_scale_2", None) if is_second else None
    scale = float(pipe.guidance_scale if own is None else own)
    if not pipe.do_classifier_free_guidance or scale <= 1:
        raise UserError(
            "alg: is a form of classifier-free guidance, which a guidance scale of "
            f"{min(scale, float(pipe.guidance_scale)):g} leaves out; give one above 1, as 5 (the "
            "paper's for Wan)"
        )
    return scale
