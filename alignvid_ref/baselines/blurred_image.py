"""The blur baseline of the AlignVid authors' pilot: a blurred reference image, at all steps."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import PIL.Image
import PIL.ImageFilter

from alignvid_ref.baselines.config import BlurConfig
from omiti2v.errors import UserError


def blurred(image: PIL.Image.Image, config: BlurConfig | None = None) -> PIL.Image.Image:
    """The image with its shorter side at most `config.side`, then under a Gaussian."""
    chosen = config or BlurConfig()
    if min(image.size) > chosen.side:
        scale = chosen.side / min(image.size)
        size = int(image.width * scale), int(image.height * scale)
        image = image.resize(size, PIL.Image.Resampling.LANCZOS)
    return image.filter(PIL.ImageFilter.GaussianBlur(chosen.radius))


@contextmanager
def blur(pipe: Any, config: BlurConfig | None = None) -> Iterator[None]:
    """Blur the `image` of each call of a diffusers pipeline, for the length of a `with` block.

    Give the pipeline the image at its own size, as the authors do: the blur is in its pixels.

    Args:
        pipe: A pipeline whose call takes an `image`.
        config: The authors' if not given.

    Raises:
        UserError: Its call takes none, or the blur is on it already; inside the block, a call
            whose image is no picture of PIL.
    """
    cls = type(pipe)
    signature = inspect.signature(cls.__call__)
    if "image" not in signature.parameters:
        raise UserError(f"blur: works on a pipeline that takes an image, {cls.__name__} does not")
    if hasattr(cls, "_baseline_blur"):
        raise UserError(f"blur: is on this {cls.__name__} already")

    @wraps(cls.__call__)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(self, *args, **kwargs)
        image = bound.arguments.get("image")
        bound.arguments["image"] = (
            [_checked_blur(one, config) for one in image]
            if isinstance(image, list)
            else _checked_blur(image, config)
        )
        return cls.__call__(*bound.args, **bound.kwargs)

    names = {"__call__": call, "__module__": cls.__module__, "_baseline_blur": True}
    pipe.__class__ = type(cls.__name__, (cls,), names | {"__qualname__": cls.__qualname__})
    try:
        yield
    finally:
        pipe.__class__ = cls


def _checked_blur(image: Any, config: BlurConfig | None) -> PIL.Image.Image:
    if not isinstance(image, PIL.Image.Image):
        raise UserError(f"blur: expected a PIL image, got {type(image).__name__}")
    return blurred(image, config)
