"""A DINO vision transformer, from a folder of timm or of transformers."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import torch

from evaluators.frames import Frames
from evaluators.metrics.checkpoints import checked_folder, load_into
from evaluators.metrics.model_inputs import (
    Features,
    pick_device,
    run_in_batches,
    unit,
    vbench_dino_input,
)
from omiti2v.errors import UserError, one_line
from omiti2v.extras import require_extra
from omiti2v.model_files import MODEL_FILES, model_files, read_config
from omiti2v.records import brief

_FORMS = "the folder of a vision transformer, or owner/name@revision"


class DinoModel:
    """A vision transformer whose class token describes a picture.

    The pictures keep their shape: positions are interpolated, as in VBench.

    Attributes:
        name: Where it is from and the first digits of its checksum.
    """

    def __init__(
        self, model: Any, *, patch: int, name: str, device: torch.device, **options: bool
    ) -> None:
        self.name = name
        self._options = options
        self._model = model.eval().to(device)
        self._patch = patch
        self._device = device

    def embed_frames(self, frames: Frames) -> Features:
        """Vectors of length 1 of RGB pictures, shape (n, dimensions)."""
        return unit(run_in_batches(frames, vbench_dino_input, self._class_token, self._device))

    def _class_token(self, pictures: torch.Tensor) -> torch.Tensor:
        # What is left of a patch at the right and the bottom is not seen by DINO itself either.
        height, width = (side - side % self._patch for side in pictures.shape[-2:])
        found: Any = self._model(pictures[..., :height, :width], **self._options)
        token: torch.Tensor = found if torch.is_tensor(found) else found.last_hidden_state[:, 0]
        return token


def load_dino(spec: str, *, what: str, device: str | None = None) -> DinoModel:
    """Load a vision transformer.

    Args:
        spec: A folder, or `owner/name@revision` on the hub, with `config.json` and safetensors: of
            timm (as timm/vit_base_patch16_224.dino) or of transformers' class ViT (as
            facebook/dino-vitb16); with a checksum as in `checked_folder`.
        what: The metric that needs it, for messages.
        device: A torch device; None takes "cuda" where there is one, else "cpu".

    Raises:
        UserError: The model can't be found or loaded.
    """
    with checked_folder(
        spec, what=what, patterns=MODEL_FILES, forms=_FORMS, choose=model_files
    ) as (folder, name):
        config = read_config(folder)
        if "architecture" in config:
            network, patch = _load_timm(folder, config["architecture"], what=what)
            options = {}
        elif config.get("model_type") == "vit":
            network, patch = _load_transformers(folder, what=what)
            options = {"interpolate_pos_encoding": True}
        else:
            raise UserError(
                f"{what}: {spec}: config.json: expected a ViT of timm (architecture) or of "
                f"transformers (model_type vit), got model_type {brief(config.get('model_type'))}"
            )
    return DinoModel(network, patch=patch, name=name, device=pick_device(device), **options)


def _load_timm(folder: Path, architecture: object, *, what: str) -> tuple[Any, int]:
    require_extra(what, "clip", "timm")
    timm: Any = importlib.import_module("timm")
    try:
        network = timm.create_model(
            architecture,
            pretrained=False,
            num_classes=0,
            global_pool="token",
            dynamic_img_size=True,
        )
        patch = int(network.patch_embed.patch_size[0])
    except Exception as error:  # timm raises plain errors of many kinds for what it doesn't know
        raise UserError(
            f"{what}: {brief(architecture)}: not a vision transformer of timm: {one_line(error)}"
        ) from None
    load_into(network, folder / "model.safetensors", what=what)
    return network, patch


def _load_transformers(folder: Path, *, what: str) -> tuple[Any, int]:
    require_extra(what, "vlm", "transformers")
    transformers: Any = importlib.import_module("transformers")
    try:
        network, info = transformers.ViTModel.from_pretrained(
            folder, add_pooling_layer=False, local_files_only=True, output_loading_info=True
        )
    except Exception as error:  # transformers', safetensors' and torch's own
        raise UserError(
            f"{what}: {folder}: transformers can't load it: {one_line(error)}"
        ) from None
    if info["missing_keys"]:
        raise UserError(
            f"{what}: {folder}: its weights lack {sorted(info['missing_keys'])[0]}; "
            "download the model again"
        )
    return network, int(network.config.patch_size)
