"""What a metric is: one or more numbers about a video, with their units and directions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from evaluators.frames import Video
from evaluators.reference_images import Image
from omiti2v.samples import Sample


@dataclass(frozen=True)
class Observation:
    """What a metric looks at.

    Attributes:
        video: The decoded video.
        reference: The reference image, RGB, shape (height, width, 3), uint8.
        sample: Prompt and captions.
    """

    video: Video
    reference: Image
    sample: Sample


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """One number that a metric gives.

    Attributes:
        name: As "dynamic_degree_dis"; names the column.
        unit: As "share of frames".
        higher_is_better: None where neither direction is good in itself.
        bounds: Smallest and largest possible value; None for no bound.
        description: One sentence.
        source: Where the definition comes from.
    """

    name: str
    unit: str
    higher_is_better: bool | None
    bounds: tuple[float | None, float | None]
    description: str
    source: str


def no_remark(observation: Observation) -> None:
    """The usual `Metric.remark`; a name of a module, so that it goes to other processes."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """Numbers that are computed together.

    Attributes:
        quantities: What it gives.
        version: Changes whenever a number may; measurements are cached under it.
        measure: The numbers of one observation, by name. An exception becomes a measurement without
            a value, with its reason.
        requirements: What it needs beside the video, as extras and weights. A metric that needs
            something is measured on one thread at a time; one that needs nothing may be on several.
        remark: What is to be known of the numbers of one observation, in words that are the same
            for all observations that it is said of, as that a text was cut; None where nothing is.
        license: Of the code and of the weights that it runs.
    """

    quantities: tuple[Quantity, ...]
    version: str
    measure: Callable[[Observation], Mapping[str, float]]
    requirements: tuple[str, ...] = ()
    remark: Callable[[Observation], str | None] = no_remark
    license: str = "Apache-2.0"
