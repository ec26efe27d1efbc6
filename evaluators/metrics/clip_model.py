"""Any open_clip model: pictures and texts as vectors of one space."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import PIL.Image
import torch
from open_clip.transform import PreprocessCfg

from evaluators.frames import FrameRule, Frames, Video, sample_frames
from evaluators.metrics.checkpoints import checked_folder, fetch_checkpoint
from evaluators.metrics.model_inputs import (
    Features,
    Prepare,
    pick_device,
    run_in_batches,
    unit,
    vbench_clip_input,
)
from omiti2v.errors import UserError, one_line
from omiti2v.model_files import MODEL_FILES, matching, read_json_object
from omiti2v.records import brief

CONFIG = "open_clip_config.json"
FILES = (CONFIG, *MODEL_FILES)
_FORMS = (
    "an open_clip model's folder, owner/name@revision, or ARCHITECTURE=FILE with an architecture "
    "of open_clip"
)

FRAME_RULE = FrameRule(fps=8, max_frames=64)
"""The frames that the metrics on text and reference look at."""


class ClipModel:
    """An open_clip model, ready to embed; every vector has length 1.

    Attributes:
        name: For descriptions, as "ViT-L-14-quickgelu 1a2b3c4d5e6f": where it is from and the first
            digits of its checksum.
        dimensions: Length of the vectors.
    """

    def __init__(
        self,
        model: Any,
        transform: Any,
        tokenizer: Any,
        *,
        name: str,
        device: torch.device,
    ) -> None:
        self.name = name
        self._model = model.eval().to(device)
        self._transform = transform
        self._tokenizer = tokenizer
        self._device = device
        self._last: tuple[weakref.ref[Video], Features] | None = None
        self.dimensions = int(self.embed_texts(["a"]).shape[1])

    def embed_texts(self, texts: Sequence[str]) -> Features:
        """Vectors of texts, shape (n, dimensions); a text too long for the model is cut off."""
        with torch.inference_mode():
            tokens = self._tokenizer(list(texts)).to(self._device)
            return unit(self._model.encode_text(tokens).float().cpu().numpy())

    def remark(self, texts: Sequence[str]) -> str | None:
        """What is to be said of a comparison with texts: that the model does not see all of one."""
        if not any(map(self._is_cut, texts)):
            return None
        return (
            f"a text is longer than the {self._tokenizer.context_length} tokens that the model sees"
        )

    def _is_cut(self, text: str) -> bool:
        # Whichever tokenizer it is: with room for two tokens more, the text must take none of it.
        # Two, because what fills the room may be the token that ends a text.
        room = self._tokenizer.context_length
        (seen,) = self._tokenizer([text]).tolist()
        (more,) = self._tokenizer([text], context_length=room + 2).tolist()
        (blank,) = self._tokenizer([""], context_length=room + 2).tolist()
        return bool(more[:room] != seen or more[room:] != blank[room:])

    def embed_frames(self, frames: Frames) -> Features:
        """Vectors of RGB pictures, prepared in the model's own way, shape (n, dimensions)."""
        return self._embed(frames, self._prepare)

    def embed_frames_as_vbench(self, frames: Frames) -> Features:
        """Vectors of RGB pictures, prepared as VBench prepares them, shape (n, dimensions)."""
        config = open_clip.get_model_preprocess_cfg(self._model)
        size = config["size"]
        side = size if isinstance(size, int) else min(size)
        prepare = partial(vbench_clip_input, side=side, mean=config["mean"], std=config["std"])
        return self._embed(frames, prepare)

    def embed_video(self, video: Video) -> Features:
        """Vectors of a video's frames at 8 per second, at most 64; kept until the next video."""
        if self._last is None or self._last[0]() is not video:
            frames = sample_frames(video, FRAME_RULE).frames
            self._last = (weakref.ref(video), self.embed_frames(frames))
        return self._last[1]

    def _embed(self, frames: Frames, prepare: Prepare) -> Features:
        return unit(run_in_batches(frames, prepare, self._model.encode_image, self._device))

    def _prepare(self, frames: Frames) -> torch.Tensor:
        return torch.stack([self._transform(PIL.Image.fromarray(f)) for f in np.asarray(frames)])


def load_clip(spec: str, *, what: str, device: str | None = None) -> ClipModel:
    """Load an open_clip model.

    Args:
        spec: A folder with `open_clip_config.json` and safetensors; `owner/name@revision` of such a
            folder on the hub; or `ARCHITECTURE=FILE`, an architecture that open_clip has built in
            and a file as in `fetch_checkpoint`. Pictures are then prepared as open_clip does it for
            the weights that it lists for the architecture; where it does it for some in another
            way, `ARCHITECTURE:TAG=FILE` says which. A folder takes `#sha256=...` as in
            `checked_folder`.
        what: The metric that needs it, for messages.
        device: A torch device; None takes "cuda" where there is one, else "cpu".

    Raises:
        UserError: The model can't be found or loaded.
    """
    named, equals, file = spec.partition("=")
    architecture, _, tag = named.partition(":")
    if equals and architecture in open_clip.list_models():
        prepared = _preparation(architecture, tag, what=what)
        checkpoint = fetch_checkpoint(file, what=what)
        with _refusing(
            f"{what}: {checkpoint.path}: not weights of {architecture}",
            "write the architecture that they are of, or download them again",
        ):
            parts = _load(architecture, file=str(checkpoint.path), prepared=prepared)
        as_listed = f"{architecture}:{tag or 'listed'}"
        # What was always done has the name that it had.
        usual = prepared == _prepared_for({})
        name = f"{architecture if usual else as_listed} {checkpoint.sha256[:12]}"
    else:
        choose = partial(clip_folder_files, what=what)
        found = checked_folder(spec, what=what, patterns=FILES, forms=_FORMS, choose=choose)
        with found as (folder, name):
            # Of open_clip's tokenizers only the one of transformers could run code from the folder.
            own = bool(_text_config(folder, what=what).get("hf_tokenizer_name"))
            safe = {"trust_remote_code": False} if own else {}
            mend = f"download it again, all of it with its {CONFIG}"
            with _refusing(f"{what}: {spec}: open_clip can't load it", mend):
                parts = _load(f"local-dir:{folder}", tokenizer=safe)
    return ClipModel(*parts, name=name, device=pick_device(device))


def clip_folder_files(folder: Path, *, what: str) -> list[Path]:
    """The files that a model is loaded from, sorted by name.

    Raises:
        UserError: Not an open_clip model's folder, or no safetensors in it.
    """
    _text_config(folder, what=what)
    chosen = matching(sorted(path.name for path in folder.iterdir() if path.is_file()), FILES)
    if not any(name.endswith(".safetensors") for name in chosen):
        raise UserError(
            f"{what}: {folder}: expected weights as *.safetensors, got none; convert them, or "
            "write ARCHITECTURE=FILE, which reads PyTorch files without running code"
        )
    return [folder / name for name in chosen]


def _text_config(folder: Path, *, what: str) -> dict[str, Any]:
    path = folder / CONFIG
    try:
        config = read_json_object(path, f"an open_clip model's folder with {CONFIG}")
    except UserError as error:
        raise UserError(f"{what}: {error}; for a single file write ARCHITECTURE=FILE") from None
    model = config.get("model_cfg")
    text = model.get("text_cfg") if isinstance(model, dict) else None
    if not isinstance(model, dict) or not isinstance(text, dict):
        raise UserError(f"{what}: {path}: expected model_cfg with text_cfg; download it again")
    _refuse_parts_elsewhere(model, f"{what}: {path}")
    return text


def _refuse_parts_elsewhere(model: Mapping[str, Any], where: str) -> None:
    """Refuse a model that open_clip makes with the help of files on the hub.

    Args:
        model: As `model_cfg` in a folder's config.
        where: For the message.

    Raises:
        UserError: It is such a model.
    """
    vision = model.get("vision_cfg")
    tower = str(vision.get("timm_model_name")) if isinstance(vision, dict) else ""
    for field, name in (
        ("text_cfg.hf_model_name", model["text_cfg"].get("hf_model_name")),
        ("vision_cfg.timm_model_name", tower if ":" in tower else None),
    ):
        if name:
            raise UserError(
                f"{where}: {field}: {brief(name)} is elsewhere, in files that no checksum covers; "
                "give a model that is all in its folder"
            )


def _preparation(architecture: str, tag: str, *, what: str) -> dict[str, Any]:
    """How open_clip prepares pictures for weights that it lists for an architecture.

    Args:
        architecture: One that open_clip has built in.
        tag: Of the weights; empty where all of them are prepared for alike.
        what: The metric that needs it, for messages.

    Raises:
        UserError: No such tag, one that is needed, or an architecture that is not all there is to
            the weights.
    """
    config = open_clip.get_model_config(architecture)
    _refuse_parts_elsewhere(config, f"{what}: {architecture}")
    if config["text_cfg"].get("hf_tokenizer_name"):
        raise UserError(
            f"{what}: {architecture}: its tokenizer is not in open_clip but on the hub; give a "
            f"folder with {CONFIG} and the tokenizer's files, which are checked with the weights"
        )
    listed = {
        name: open_clip.get_pretrained_cfg(architecture, name)
        for name in open_clip.list_pretrained_tags_by_model(architecture)
    }
    # A model that was trained with QuickGELU gives other vectors without it, and no error.
    quick = bool(config.get("quick_gelu"))
    fitting = {n: c for n, c in listed.items() if bool(c.get("quick_gelu")) == quick}
    if tag in listed.keys() - fitting.keys():
        other = "without" if quick else "with"
        raise UserError(
            f"{what}: {architecture}:{tag}: its weights go {other} QuickGELU; name the "
            f"architecture {other} -quickgelu at its end"
        )
    if tag and tag not in fitting:
        raise UserError(
            f"{what}: {architecture}:{tag}: expected one of {', '.join(fitting) or 'no tag'}"
        )
    ways = [_prepared_for(c) for n, c in fitting.items() if tag in ("", n)]
    if any(way != ways[0] for way in ways):
        openai = f"for OpenAI's weights write {architecture}-quickgelu=FILE; "
        raise UserError(
            f"{what}: {architecture}: {openai * (not quick and 'openai' in listed)}open_clip "
            f"prepares pictures for its weights in several ways; write {architecture}:TAG=FILE "
            f"with one of {', '.join(fitting)}"
        )
    return ways[0] if ways else _prepared_for({})


def _prepared_for(weights: Mapping[str, Any]) -> dict[str, Any]:
    """Keyword arguments of open_clip that say how pictures are prepared."""
    usual = vars(PreprocessCfg())
    return {
        f"image_{name}": weights.get(name, usual[name])
        for name in ("mean", "std", "interpolation", "resize_mode")
    }


def _load(
    model: str,
    *,
    file: str | None = None,
    prepared: Mapping[str, Any] | None = None,
    tokenizer: Mapping[str, Any] | None = None,
) -> tuple[Any, Any, Any]:
    """Model, transform and tokenizer."""
    loaded, transform = open_clip.create_model_from_pretrained(
        model, pretrained=file, weights_only=True, **(prepared or {})
    )
    return loaded, transform, open_clip.get_tokenizer(model, **(tokenizer or {}))


@contextmanager
def _refusing(complaint: str, remedy: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # open_clip's, torch's and transformers' own
        raise UserError(f"{complaint}: {one_line(error)}; {remedy}") from error
