"""Loading open_clip models: folders, single files, and what is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import open_clip
import PIL.Image
import pytest
import torch

from evaluators.metrics.clip_model import ClipModel, clip_folder_files, load_clip
from lab.tiny_clip import WEIGHTS
from lab.tiny_clip.model import model_config
from omiti2v.errors import UserError
from omiti2v.model_files import weights_digest


def refused(spec: str | Path) -> str:
    with pytest.raises(UserError) as error:
        load_clip(str(spec), what="some_metric")
    message = str(error.value)
    assert message.startswith("some_metric: ")
    assert "\n" not in message
    return message


def change_config(folder: Path, part: str, **values: object) -> None:
    path = folder / "open_clip_config.json"
    config = json.loads(path.read_text())
    config["model_cfg"][part].update(values)
    path.write_text(json.dumps(config))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the tiny CLIP's folder."""
    shutil.copytree(WEIGHTS, tmp_path / "clip")
    return tmp_path / "clip"


def test_vectors_are_those_of_open_clip_itself(tiny_clip: ClipModel) -> None:
    name = f"local-dir:{WEIGHTS}"
    model, transform = open_clip.create_model_from_pretrained(name)
    picture = np.random.default_rng(0).integers(0, 256, (90, 120, 3), dtype=np.uint8)
    with torch.inference_mode():
        seen = model.encode_image(transform(PIL.Image.fromarray(picture))[None], normalize=True)
        told = model.encode_text(open_clip.get_tokenizer(name)(["A red circle"]), normalize=True)
    assert tiny_clip.embed_frames(picture[None]) == pytest.approx(seen.numpy(), abs=1e-5)
    assert tiny_clip.embed_texts(["A red circle"]) == pytest.approx(told.numpy(), abs=1e-5)


def test_more_frames_than_a_batch_give_the_same_vectors(tiny_clip: ClipModel) -> None:
    frames = np.random.default_rng(0).integers(0, 256, (40, 64, 64, 3), dtype=np.uint8)
    together, apart = tiny_clip.embed_frames(frames), tiny_clip.embed_frames(frames[33:34])
    assert together.shape == (40, tiny_clip.dimensions)
    assert together[33:34] == pytest.approx(apart, abs=1e-5)


def test_vbenchs_preparation_differs_little_from_the_models_own(tiny_clip: ClipModel) -> None:
    frames = np.tile(np.linspace(0, 255, 64, dtype=np.uint8)[:, None, None], (1, 1, 64, 3))
    own, vbench = tiny_clip.embed_frames(frames), tiny_clip.embed_frames_as_vbench(frames)
    assert float((own * vbench).sum()) > 0.999


def test_the_name_tells_the_weights_apart(tiny_clip: ClipModel, folder: Path) -> None:
    config = folder / "open_clip_config.json"
    config.write_text(config.read_text() + "\n")
    assert load_clip(str(folder), what="x", device="cpu").name != tiny_clip.name


def test_a_single_file_goes_with_an_architecture_of_open_clip(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A small architecture is added to those that open_clip has built in; the rest is its own."""
    config = model_config()
    config["text_cfg"] = {**config["text_cfg"], "vocab_size": 49408, "hf_tokenizer_name": ""}  # type: ignore[dict-item]
    (tmp_path / "small-clip.json").write_text(json.dumps(config))
    open_clip.add_model_config(tmp_path / "small-clip.json")
    torch.manual_seed(0)
    torch.save(open_clip.create_model("small-clip").state_dict(), tmp_path / "weights.pt")
    clip = load_clip(f"small-clip={tmp_path / 'weights.pt'}", what="x", device="cpu")
    assert clip.name.startswith("small-clip ")
    assert clip.embed_texts(["a photograph"]).shape == (1, 128)
    wrong = f"small-clip={tmp_path / 'weights.pt'}#sha256=00000000"
    assert "expected sha256 00000000" in refused(wrong)


def test_weights_of_another_architecture_are_refused() -> None:
    file = WEIGHTS / "open_clip_model.safetensors"
    assert f"{file}: not weights of RN50: " in refused(f"RN50={file}")


def test_what_does_not_fit_a_folders_config_is_named(folder: Path) -> None:
    change_config(folder, "vision_cfg", layers=1)
    assert "Unexpected key(s) in state_dict: " in refused(folder)


@pytest.mark.parametrize(
    ("part", "field", "name"),
    [
        ("text_cfg", "hf_model_name", "owner/name"),
        ("vision_cfg", "timm_model_name", "hf_hub:owner/name"),
    ],
)
def test_a_folder_that_takes_a_part_from_elsewhere_is_refused(
    folder: Path, part: str, field: str, name: str
) -> None:
    change_config(folder, part, **{field: name})
    assert f"{part}.{field}: '{name}' is elsewhere" in refused(folder)


def test_an_architecture_whose_text_model_is_elsewhere_is_refused_too() -> None:
    assert "text_cfg.hf_model_name: 'roberta-base' is elsewhere" in refused("roberta-ViT-B-32=a.pt")


def test_openais_weights_are_named_first_where_an_architecture_is_not_theirs() -> None:
    said = refused("ViT-L-14=weights.pt")
    assert "ViT-L-14: for OpenAI's weights write ViT-L-14-quickgelu=FILE; " in said
    assert "write ViT-L-14:TAG=FILE with one of laion400m_e31, " in said


def test_a_missing_folder_says_what_can_be_given() -> None:
    assert "give an open_clip model's folder, owner/name@revision, or ARCHITECTURE=FILE" in refused(
        "no/such/folder"
    )


def test_a_hub_id_needs_its_revision() -> None:
    assert "write owner/name@<commit>" in refused("owner/name")


def test_a_folders_checksum_is_checked(folder: Path) -> None:
    digest = weights_digest(clip_folder_files(folder, what="x"))
    assert load_clip(f"{folder}#sha256={digest}", what="x").name == f"clip {digest[:12]}"
    assert "expected sha256 00000000, got" in refused(f"{folder}#sha256=00000000")


def test_a_folder_without_a_config_is_refused(tmp_path: Path) -> None:
    assert "with open_clip_config.json" in refused(tmp_path)


@pytest.mark.parametrize("text", ["{", "[]", '{"model_cfg": 3}', '{"model_cfg": {"text_cfg": 0}}'])
def test_a_config_that_is_none_is_refused(folder: Path, text: str) -> None:
    (folder / "open_clip_config.json").write_text(text)
    assert "open_clip_config.json: expected " in refused(folder)


def test_a_folder_with_pickled_weights_only_is_refused(folder: Path) -> None:
    weights = folder / "open_clip_model.safetensors"
    weights.rename(folder / "open_clip_pytorch_model.bin")
    assert "expected weights as *.safetensors" in refused(folder)


def test_a_folder_that_asks_for_code_of_its_own_does_not_get_it(folder: Path) -> None:
    change_config(folder, "text_cfg", tokenizer_kwargs={"trust_remote_code": True})
    tokens = json.loads((folder / "tokenizer_config.json").read_text())
    tokens["tokenizer_class"] = "Evil"
    tokens["auto_map"] = {"AutoTokenizer": ["evil.Evil", None]}
    (folder / "tokenizer_config.json").write_text(json.dumps(tokens))
    ran = folder / "ran"
    (folder / "evil.py").write_text(
        f"from pathlib import Path\nPath({str(ran)!r}).touch()\nclass Evil: pass\n"
    )
    try:
        load_clip(str(folder), what="x", device="cpu")
    except UserError as error:
        assert "open_clip can't load it" in str(error)
    assert not ran.exists()
