"""Diffusers pipelines: loaded, placed on a device, and called for one sample."""

from __future__ import annotations

import importlib
import os
import warnings
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

import numpy as np
import PIL.Image
import torch

from alignvid_ref.attach import AlignVidHandle, alignvid
from alignvid_ref.baselines import AlgConfig, DymosConfig, alg, count_passes, dymos
from alignvid_ref.baselines.attachment import StepWatch
from alignvid_ref.baselines.guidance import GuidanceConfig, make_guider
from alignvid_ref.config import AlignVidConfig
from alignvid_ref.generation.backbones import Backbone, Source
from alignvid_ref.generation.controls import Frames
from alignvid_ref.generation.generate import GeneratedVideo, GenerateVideo
from alignvid_ref.generation.lora import Lora, add_lora
from alignvid_ref.generation.resolve import Model
from alignvid_ref.generation.settings import Dtype, GenerationSettings
from alignvid_ref.generation.solver import set_solver
from alignvid_ref.generation.weights import fetch, pipeline_class, require_safetensors
from omiti2v.errors import UserError, one_line
from omiti2v.extras import require_extra

Offload = Literal["none", "model", "group"]


def choose_device(device: str | None) -> str:
    """The device to work on: as given, else this process's GPU where there is one.

    Raises:
        UserError: There is no such device.
    """
    if device is None:
        if not torch.cuda.is_available():
            return "cpu"
        device = f"cuda:{int(os.environ.get('LOCAL_RANK', '0')) % torch.cuda.device_count()}"
    try:
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise UserError(f"--device {device}: not usable here: {one_line(error)}") from None
    return device


def choose_dtype(dtype: Dtype | Literal["auto"], device: str) -> Dtype:
    """The transformer's dtype: as given, else bfloat16, and float32 on a CPU."""
    if dtype != "auto":
        return dtype
    return "float32" if device == "cpu" else "bfloat16"


def load_pipeline(
    model: Model,
    settings: GenerationSettings,
    *,
    device: str,
    offload: Offload = "none",
    lora: Lora | None = None,
) -> Any:
    """The model's pipeline, ready to be called.

    Args:
        model: What to load.
        settings: Say the dtypes, the solver and the VAE's tiling.
        device: Where it works.
        offload: What waits in main memory: nothing, `model` all parts but the one at work, `group`
            all blocks but the one at work.
        lora: On the transformer.

    Raises:
        UserError: The model can't be loaded, or offloading needs a GPU.
    """
    backbone = model.backbone
    require_extra(backbone.name, "alignvid", "transformers", "accelerate", *backbone.requires)
    if offload == "model" and device == "cpu":
        raise UserError("--offload model: needs a GPU, the device is cpu; use none")
    dtypes = _dtypes(backbone, settings)
    try:
        if model.folder is not None:
            pipe = _from_folder(model.folder, backbone, dtypes, {})
        else:
            pipe = _from_parts(backbone, dtypes)
    except UserError:
        raise
    except Exception as error:  # the libraries raise all kinds for broken files
        raise UserError(
            f"{model.folder or backbone.name}: can't be loaded: {one_line(error)}"
        ) from error
    set_solver(pipe, settings)
    if lora is not None:
        add_lora(pipe, lora)
    if settings.vae_tiling:
        pipe.vae.enable_tiling()
    pipe.set_progress_bar_config(disable=True)
    if offload == "model":
        pipe.enable_model_cpu_offload(device=device)
    elif offload == "group":
        pipe.enable_group_offload(
            onload_device=torch.device(device),
            offload_type="leaf_level",
            use_stream=device.startswith("cuda"),
        )
    else:
        pipe.to(device)
    return pipe


def bind_pipeline(
    pipe: Any, settings: GenerationSettings, backbone: Backbone | None = None
) -> GenerateVideo:
    """The function that makes a video with a loaded pipeline.

    Args:
        pipe: From `load_pipeline`.
        settings: Of the videos.
        backbone: Gives what the pipeline's call takes besides; None for nothing.

    Raises:
        UserError: The method's config does not fit the pipeline.
    """
    attach = _attachment(pipe, settings)
    with attach() as attached:
        # Only so that a config that does not fit is an error now, not once a sample.
        if isinstance(attached, AlignVidHandle):
            attached.remove(quietly=True)

    arguments: dict[str, Any] = {
        "num_frames": settings.frames,
        "num_inference_steps": settings.steps,
        "guidance_scale": settings.guidance_scale,
        "output_type": "np",
        **(backbone.call_arguments(pipe, settings) if backbone else {}),
    }
    if settings.negative_prompt is not None:
        arguments["negative_prompt"] = settings.negative_prompt
    run = pipe
    if settings.method == "guidance":
        guided = GuidanceConfig.model_validate_json(settings.method_config or "")
        # CFG is what a pipeline without a guider does with its guidance scale.
        if guided.kind != "cfg" or hasattr(pipe, "guider"):
            run = _guided(pipe, guided)
            arguments.pop("guidance_scale", None)

    def generate(picture: PIL.Image.Image, prompt: str, seed: int) -> GeneratedVideo:
        given = {
            "image": picture,
            "prompt": prompt,
            "height": picture.height,
            "width": picture.width,
            # On the CPU, so that the noise is the same on every device.
            "generator": torch.Generator("cpu").manual_seed(seed),
        }
        call = {name: value for name, value in (given | arguments).items() if value is not None}
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="AlignVid was")
            with count_passes(pipe) as passes, attach() as handle:
                output = run(**call).frames[0]
        steps_on = _steps_on(handle) if handle else None
        return GeneratedVideo(_to_frames(output), steps_on, passes.count or None)

    return generate


def _attachment(
    pipe: Any, settings: GenerationSettings
) -> Callable[[], AbstractContextManager[AlignVidHandle | StepWatch | None]]:
    """What puts the method on the pipeline, for the length of a `with` block."""
    if settings.alignvid:
        config = AlignVidConfig.from_json(settings.alignvid)
        return lambda: alignvid(pipe, config)
    if settings.method == "alg":
        low_pass = AlgConfig.model_validate_json(settings.method_config or "{}")
        return lambda: alg(pipe, low_pass)
    if settings.method == "dymos":
        rebalancing = DymosConfig.model_validate_json(settings.method_config or "{}")
        return lambda: dymos(pipe, rebalancing)
    return nullcontext


def _guided(pipe: Any, config: GuidanceConfig) -> Any:
    """What is called like `pipe` and guides as `config` says."""
    if hasattr(pipe, "guider"):
        pipe.guider = make_guider(config)
        return pipe
    from alignvid_ref.baselines.wan_modular import as_modular

    modular = as_modular(pipe)
    modular.guider = make_guider(config)

    def run(**call: Any) -> Any:
        state = modular(**call)
        pipe.maybe_free_model_hooks()  # as its own call ends, where models are offloaded
        return SimpleNamespace(frames=state.get("videos"))

    return run


def _steps_on(handle: AlignVidHandle | StepWatch) -> str:
    if isinstance(handle, StepWatch):
        return f"{sum(step.on for step in handle.steps)}/{len(handle.steps)}"
    if not handle.acted:
        on = sum(step.on for step in handle.steps)
        state = f"on at {on} steps but scaled nothing" if on else "off at every step"
        seen = ", ".join(f"{step.timestep:g}" for step in handle.steps[:10])
        raise UserError(
            f"AlignVid was {state}, so this would be the baseline; "
            f"timesteps seen (1000 is noise): {seen}"
        )
    return f"{sum(step.acted > 0 for step in handle.steps)}/{len(handle.steps)}"


def _to_frames(output: Any) -> Frames:
    values = np.asarray(output)
    if not np.isfinite(values).all():
        raise ValueError("the model gave NaN or infinity; try another --dtype")
    return (values.clip(0, 1) * 255).round().astype(np.uint8)


def _dtypes(backbone: Backbone, settings: GenerationSettings) -> dict[str, torch.dtype]:
    chosen: torch.dtype = getattr(torch, str(settings.dtype))
    parts = {} if chosen is torch.float32 else backbone.part_dtypes
    return {"default": chosen, **{name: getattr(torch, dtype) for name, dtype in parts.items()}}


def _from_folder(
    folder: Path, backbone: Backbone, dtypes: Mapping[str, torch.dtype], parts: Mapping[str, Any]
) -> Any:
    pipeline_class(folder, package=backbone.package)  # refuses what is not safe to load
    return _class(backbone.pipeline).from_pretrained(
        folder, dtype=dict(dtypes), use_safetensors=True, local_files_only=True, **parts
    )


def _from_parts(backbone: Backbone, dtypes: Mapping[str, torch.dtype]) -> Any:
    """A pipeline whose parts lie in several repositories."""
    own = {name: source for name, source in backbone.parts.items() if name != "pipeline"}
    base = fetch(backbone.parts["pipeline"], without=tuple(own))
    parts = {name: _part(name, source, dtypes) for name, source in own.items()}
    return _from_folder(base, backbone, dtypes, parts)


def _part(name: str, source: Source, dtypes: Mapping[str, torch.dtype]) -> Any:
    folder = fetch(source)
    # A part may have a repository of its own, without folders.
    if (folder / name).is_dir():
        folder = folder / name
    cls = _class(str(source.cls))
    options: dict[str, Any] = {"local_files_only": True}
    if issubclass(cls, torch.nn.Module):
        require_safetensors(folder)
        dtype = dtypes.get(name, dtypes["default"])
        options |= {"use_safetensors": True, "dtype": dtype}
    return cls.from_pretrained(folder, **options)


def _class(path: str) -> Any:
    """The class that a backbone names, in diffusers where it says no module."""
    module, _, name = path.rpartition(":")
    return getattr(importlib.import_module(module or "diffusers"), name)
