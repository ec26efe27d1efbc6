"""Vision transformers of timm and of transformers: what they see, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from evaluators.metrics.dino import load_dino
from omiti2v.errors import UserError


@pytest.mark.parametrize("kind", ["timm_folder", "transformers_folder"])
@pytest.mark.parametrize("size", [(224, 224), (96, 170), (170, 96)])
def test_pictures_of_any_shape_go_through_dino_uncut(
    request: pytest.FixtureRequest, kind: str, size: tuple[int, int]
) -> None:
    dino = load_dino(str(request.getfixturevalue(kind)), what="x", device="cpu")
    pictures = np.random.default_rng(0).integers(0, 256, (2, *size, 3), dtype=np.uint8)
    edge = pictures.copy()
    edge[:, -20:, -20:] = 0
    vectors, changed = dino.embed_frames(pictures), dino.embed_frames(edge)
    assert vectors.shape[0] == 2
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert not np.allclose(vectors, changed, atol=1e-6)


def test_a_model_that_is_no_vision_transformer_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    save_file({"a": torch.zeros(1)}, tmp_path / "model.safetensors")
    with pytest.raises(UserError, match="expected a ViT of timm") as error:
        load_dino(str(tmp_path), what="subject_consistency")
    assert "\n" not in str(error.value)


def test_weights_that_do_not_fill_the_model_are_refused(transformers_folder: Path) -> None:
    folder = transformers_folder.parent / "holed"
    folder.mkdir()
    (folder / "config.json").write_bytes((transformers_folder / "config.json").read_bytes())
    save_file({"embeddings.cls_token": torch.zeros(1, 1, 32)}, folder / "model.safetensors")
    with pytest.raises(UserError, match="its weights lack") as error:
        load_dino(str(folder), what="subject_consistency")
    assert "\n" not in str(error.value)
