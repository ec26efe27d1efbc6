"""What a backbone is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alignvid_ref.config import AlignVidConfig
from alignvid_ref.generation.image_fit import Fit
from alignvid_ref.generation.settings import Dtype, GenerationSettings, Sampling, Solver


@dataclass(frozen=True)
class Source:
    """A repository of weights on the hub, at one commit.

    Attributes:
        hub_id: As "owner/name".
        revision: The commit, 40 hex digits.
        cls: Class of a part that the pipeline's own repository does not name, as
            "transformers:SiglipVisionModel".
    """

    hub_id: str
    revision: str
    cls: str | None = None

    def __str__(self) -> str:
        return f"{self.hub_id}@{self.revision}"


@dataclass(frozen=True, kw_only=True)
class Backbone:
    """A video model, or the settings with which a folder of a saved pipeline is run.

    Attributes:
        name: What `--backbone` takes; the name of the entry point.
        summary: What it is, in one line.
        pipeline: Class of its pipeline: a name in diffusers, or "module:Class" of another package.
        alignvid: What AlignVid does to it; None where its transformer is of no known family.
        height, width, fit, frames, fps, steps, guidance_scale, solver, flow_shift, sampling,
            vae_tiling, seed: See `GenerationSettings`.
        frames_per_section: Videos have this times n plus one frames.
        multiple: What the sides of a video must be a multiple of.
        part_dtypes: Parts that have a dtype of their own unless all is float32.
        requires: Modules that the pipeline needs besides diffusers, transformers and accelerate.
        call_arguments: From the loaded pipeline and the settings to what its call takes besides
            image, prompt, size, num_frames, steps, guidance_scale, generator and output_type;
            may replace these, or leave one out that the call does not take, by None.
        parts: Where each part is on the hub; `pipeline` for all that is not named.
        packaged: Folder with the saved pipeline that comes with the package.
        for_folders: Whether a folder with this pipeline is run so where nothing else is asked for.
        saved_as: Another class of pipeline that folders of these weights may name.
        image_branch: With `for_folders`: only where the transformer attends to image tokens (True)
            or does not (False).
        weights: With `for_folders`: whether a name of weights, in lower case, is of these; None for
            all that no other backbone claims.
    """

    name: str
    summary: str
    pipeline: str
    alignvid: AlignVidConfig | None = None
    height: int
    width: int
    fit: Fit = "area"
    frames: int
    fps: int
    steps: int
    guidance_scale: float
    solver: Solver = "own"
    flow_shift: float | None = None
    sampling: Sampling | None = None
    vae_tiling: bool = False
    seed: int = 0
    frames_per_section: int = 4
    multiple: int = 16
    part_dtypes: Mapping[str, Dtype] = field(default_factory=dict)
    requires: tuple[str, ...] = ()
    call_arguments: Callable[[Any, GenerationSettings], Mapping[str, Any]] = lambda *_: {}
    parts: Mapping[str, Source] = field(default_factory=dict)
    packaged: Path | None = None
    for_folders: bool = False
    saved_as: str | None = None
    image_branch: bool | None = None
    weights: Callable[[str], bool] | None = None

    @property
    def package(self) -> str | None:
        """The package of its pipeline, whose parts may be loaded; None where that is diffusers."""
        return self.pipeline.partition(":")[0].partition(".")[0] if ":" in self.pipeline else None

    @property
    def pipeline_name(self) -> str:
        """The name of its pipeline's class, without the module."""
        return self.pipeline.rpartition(":")[2]

    def runs(self, saved: str) -> bool:
        """Whether a folder that was saved from a pipeline of this class can be run so."""
        return saved in (self.pipeline_name, self.saved_as)

    @property
    def has_weights(self) -> bool:
        """Whether it says where its weights are."""
        return bool(self.parts) or self.packaged is not None
