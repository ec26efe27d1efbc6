"""Folders of weights: what is not safe to load is refused, and the digest says what was loaded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from alignvid_ref.generation.weights import folder_digest, pipeline_class
from omiti2v.errors import UserError


def change_index(folder: Path, **changes: object) -> None:
    path = folder / "model_index.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_the_digest_follows_the_weights_and_not_the_place(wan_folder: Path, copy: Path) -> None:
    assert folder_digest(copy) == folder_digest(wan_folder)
    (copy / "README.md").write_text("not loaded")
    assert folder_digest(copy) == folder_digest(wan_folder)
    path = copy / "vae" / "diffusion_pytorch_model.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    assert folder_digest(copy) != folder_digest(wan_folder)


def test_a_part_from_another_library_is_refused(copy: Path) -> None:
    change_index(copy, transformer=["os", "system"])
    with pytest.raises(UserError, match="expected a part from diffusers or transformers, got 'os'"):
        pipeline_class(copy)


def test_a_part_of_the_folders_own_code_is_refused(copy: Path) -> None:
    (copy / "transformer" / "my_model.py").write_text("raise SystemExit")
    change_index(copy, transformer=["my_model", "Model"])
    with pytest.raises(UserError, match="other code is not run"):
        pipeline_class(copy)


def test_pickled_weights_are_refused(copy: Path) -> None:
    path = copy / "vae" / "diffusion_pytorch_model.safetensors"
    path.rename(path.with_suffix(".bin"))
    with pytest.raises(UserError, match="a pickle can run code"):
        pipeline_class(copy)


def test_a_broken_index_is_refused(copy: Path) -> None:
    (copy / "model_index.json").write_text("[")
    with pytest.raises(UserError, match="expected JSON"):
        pipeline_class(copy)
    (copy / "model_index.json").unlink()
    with pytest.raises(UserError, match="can't be read"):
        pipeline_class(copy)
