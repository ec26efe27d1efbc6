"""What `alg`, `dymos` and `blur` do, as data. No torch."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from omiti2v.records import Record

PIPELINE = "WanImageToVideoPipeline"
"""The pipeline on which `alg` and `dymos` work."""

Share = Annotated[float, Field(gt=0, le=1)]
Queries = Literal["generated", "all"]


class AlgConfig(Record):
    """Adaptive Low-Pass Guidance (arXiv 2506.08456). The defaults are the paper's for Wan.

    Attributes:
        scale: To what the image latents are resized and back again, above 0 and up to 1; 0.4 is
            the paper's downsampling factor of 2.5.
        until: Share of the denoising steps, from the first, in which they are.

    Raises:
        ValidationError: A field is out of its bounds.
    """

    scale: Share = 0.4
    until: Share = 0.2


class DymosConfig(Record):
    """DyMoS (arXiv 2605.19398). The defaults are those of its authors' script for Wan2.2.

    Attributes:
        strength: Subtracted from the logits of the first frame's keys (gamma in the paper), so that
            their weight falls to exp(-strength) of itself before the softmax normalizes; 0 changes
            nothing, less than 0 gives the first frame more weight.
        until: Share of the denoising steps, from the first, in which it is: 8 of 40.
        queries: `generated` for the tokens of all frames but the first, as the paper describes the
            method; `all` for those of the first frame too, as the authors' script has it.

    Raises:
        ValidationError: A field is out of its bounds.
    """

    strength: Annotated[float, Field(ge=-100, le=100)] = 0.6
    until: Share = 0.2
    queries: Queries = "generated"


class BlurConfig(Record):
    """The blurred image of the AlignVid authors' pilot study.

    Attributes:
        radius: Of the Gaussian, in pixels.
        side: A picture whose shorter side is longer is first made that small, in pixels.

    Raises:
        ValidationError: A field is out of its bounds.
    """

    radius: Annotated[float, Field(gt=0, le=1000)] = 1.0
    side: Annotated[int, Field(ge=1, le=100_000)] = 512
