"""CLIP models in the forms that are really published, against open_clip's own code.

The configs are those that open_clip ships, at full size on the meta device, where nothing is
computed, and cut to a few narrow layers with random weights, where all is. The words of SigLIP's
tokenizer are made up: the real one is on the hub. No published weights have been met here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import PIL.Image
import pytest
import torch
from open_clip.transform import PreprocessCfg, image_transform, image_transform_v2
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

from evaluators.metrics.clip_model import ClipModel, load_clip
from omiti2v.errors import UserError

FORMS = {
    "ViT-L-14-quickgelu": "openai",
    "ViT-B-16-SigLIP": "webli",
    "EVA02-B-16": "merged2b_s8b_b131k",
    "MobileCLIP-S1": "datacompdr",
}
"""By architecture, weights that open_clip lists for it."""
SMALL_VISION: dict[str, dict[str, Any]] = {
    "ViT-L-14-quickgelu": {"layers": 2, "width": 64, "head_width": 32},
    "ViT-B-16-SigLIP": {"timm_model_name": "test_vit", "image_size": 160},
    "EVA02-B-16": {"timm_model_name": "eva02_tiny_patch14_224"},
    "MobileCLIP-S1": {"timm_model_name": "fastvit_t8"},
}
PREPARED = ("mean", "std", "interpolation", "resize_mode")
SMALL_TEXT = {"layers": 2, "width": 64, "heads": 2}
PICTURE = np.random.default_rng(0).integers(0, 256, (9, 16, 3), dtype=np.uint8).repeat(24, 0)
PICTURE = np.ascontiguousarray(PICTURE.repeat(20, 1))
TEXTS = ["A red circle appears.", "the circle, " * 60, ""]


def small_config(architecture: str) -> dict[str, Any]:
    config = dict(open_clip.get_model_config(architecture) or {})
    config["vision_cfg"] = {**config["vision_cfg"], **SMALL_VISION[architecture]}
    config["text_cfg"] = {**config["text_cfg"], **SMALL_TEXT}
    return {**config, "embed_dim": 64}


def made_up_tokenizer() -> PreTrainedTokenizerFast:
    """As SigLIP's: what ends a text also fills the room after it, and nothing begins it."""
    _, end, unknown = words = ("<pad>", "</s>", "<unk>")
    vocabulary = (*words, "a", "red", "the", "circle", "appears")
    tokenizer = Tokenizer(
        models.WordLevel({w: n for n, w in enumerate(vocabulary)}, unk_token=unknown)
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"$A {end}", special_tokens=[(end, 1)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token=end, eos_token=end, unk_token=unknown
    )


@pytest.fixture(scope="module")
def folder_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Writes a small model's folder as open_clip publishes it."""
    made: dict[str, Path] = {}

    def build(architecture: str) -> Path:
        if architecture not in made:
            folder = made[architecture] = tmp_path_factory.mktemp(architecture)
            config = small_config(architecture)
            listed = open_clip.get_pretrained_cfg(architecture, FORMS[architecture])
            prepared = {name: listed[name] for name in PREPARED}
            (folder / "open_clip_config.json").write_text(
                json.dumps({"model_cfg": config, "preprocess_cfg": prepared})
            )
            if config["text_cfg"].get("hf_tokenizer_name"):
                made_up_tokenizer().save_pretrained(folder)
            torch.manual_seed(0)
            network = open_clip.create_model(f"local-dir:{folder}", load_weights=False)
            state = {name: value.contiguous() for name, value in network.state_dict().items()}
            save_file(state, folder / "open_clip_model.safetensors")
        return made[architecture]

    return build


@pytest.fixture(scope="module")
def clip_of(folder_of: Callable[[str], Path]) -> Callable[[str], ClipModel]:
    """Loads a small model, each once."""
    return cache(lambda name: load_clip(str(folder_of(name)), what="x", device="cpu"))


@pytest.mark.parametrize(
    "architecture",
    [pytest.param(name, marks=pytest.mark.slow) if "Mobile" in name else name for name in FORMS],
)
def test_a_small_one_is_prepared_and_scaled_as_open_clip_does_it(
    architecture: str,
    folder_of: Callable[[str], Path],
    clip_of: Callable[[str], ClipModel],
) -> None:
    place = f"local-dir:{folder_of(architecture)}"
    clip = clip_of(architecture)
    stock, _, prepare = open_clip.create_model_and_transforms(place)
    tokens = open_clip.get_tokenizer(place)(TEXTS)
    pixels = prepare(PIL.Image.fromarray(PICTURE))[None]
    assert torch.equal(clip._prepare(PICTURE[None]), pixels)
    assert torch.equal(clip._tokenizer(TEXTS), tokens)
    cosines = clip.embed_frames(PICTURE[None]) @ clip.embed_texts(TEXTS).T
    with torch.inference_mode():
        logits, _ = stock.eval().get_logits(pixels, tokens)
        ours = stock.logit_scale.exp() * torch.from_numpy(cosines)
        if stock.logit_bias is not None:
            ours += stock.logit_bias
    assert torch.allclose(ours, logits, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("architecture", FORMS)
def test_at_full_size_it_takes_what_it_is_given(
    architecture: str, clip_of: Callable[[str], ClipModel]
) -> None:
    """The tokens and pixels of the small one, which has the same tokenizer and preparation."""
    clip = clip_of(architecture)
    with torch.device("meta"):
        full = open_clip.create_model(architecture, load_weights=False, device="meta")
    config = open_clip.get_model_config(architecture) or {}
    size = config["vision_cfg"]["image_size"]
    listed = open_clip.get_pretrained_cfg(architecture, FORMS[architecture])
    assert clip._tokenizer.context_length == config["text_cfg"]["context_length"]
    given = {name: listed[name] for name in PREPARED}
    prepare = image_transform_v2(PreprocessCfg(size=size, **given), is_train=False)
    pixels = prepare(PIL.Image.fromarray(PICTURE))[None]
    assert pixels.shape == (1, 3, size, size)
    with torch.inference_mode():
        seen = full.encode_image(pixels.to("meta"))
        told = full.encode_text(clip._tokenizer(TEXTS).to("meta"))
    assert seen.shape == (1, config["embed_dim"])
    assert told.shape == (len(TEXTS), config["embed_dim"])


@pytest.mark.parametrize("architecture", ["ViT-L-14-quickgelu", "ViT-B-16-SigLIP"])
def test_a_text_is_cut_where_one_more_token_has_no_room(
    architecture: str, clip_of: Callable[[str], ClipModel]
) -> None:
    clip = clip_of(architecture)
    marks = 1 if architecture == "ViT-B-16-SigLIP" else 2
    room = clip._tokenizer.context_length - marks
    texts = {n: " ".join(["red"] * n) for n in (0, 1, room, room + 1, 4 * room)}
    assert [n for n, text in texts.items() if clip.remark([text])] == [room + 1, 4 * room]
    # Words beyond the room change nothing: they are really not seen.
    one, other = clip.embed_texts([" ".join(["red"] * (room + n)) for n in (1, 2)])
    assert np.array_equal(one, other)
    remark = clip.remark(["red", "red " * 500])
    assert remark == f"a text is longer than the {room + marks} tokens that the model sees"


@pytest.mark.parametrize("architecture", ["ViT-L-14-quickgelu", "MobileCLIP-S1"])
def test_a_single_file_is_prepared_as_open_clip_does_it_for_the_weights_it_lists(
    architecture: str,
    folder_of: Callable[[str], Path],
    clip_of: Callable[[str], ClipModel],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, architecture, small_config(architecture))
    file = folder_of(architecture) / "open_clip_model.safetensors"
    clip = load_clip(f"{architecture}={file}", what="x", device="cpu")
    listed = open_clip.get_pretrained_cfg(architecture, FORMS[architecture])
    prepare = image_transform(
        open_clip.get_model_config(architecture)["vision_cfg"]["image_size"],
        is_train=False,
        **{name: listed[name] for name in PREPARED},
    )
    expected = prepare(PIL.Image.fromarray(PICTURE))[None]
    assert torch.equal(clip._prepare(PICTURE[None]), expected)
    whole = clip_of(architecture)
    assert np.array_equal(clip.embed_frames(PICTURE[None]), whole.embed_frames(PICTURE[None]))
    # Numbers that were another way before have another name.
    assert clip.name.startswith(
        f"{architecture}:listed " if architecture == "MobileCLIP-S1" else f"{architecture} "
    )


def test_weights_that_are_prepared_for_in_another_way_are_named(
    folder_of: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = folder_of("ViT-L-14-quickgelu") / "open_clip_model.safetensors"
    monkeypatch.setitem(
        open_clip.factory._MODEL_CONFIGS,
        "ViT-L-14",
        {**small_config("ViT-L-14-quickgelu"), "quick_gelu": False},
    )
    half = load_clip(f"ViT-L-14:laion2b_s32b_b82k={file}", what="x", device="cpu")
    assert half.name.startswith("ViT-L-14:laion2b_s32b_b82k ")
    usual = load_clip(f"ViT-L-14:datacomp_xl_s13b_b90k={file}", what="x", device="cpu")
    assert usual.name.startswith("ViT-L-14 ")
    assert not torch.equal(half._prepare(PICTURE[None]), usual._prepare(PICTURE[None]))


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [
        ("ViT-L-14=a.pt", r"in several ways; write ViT-L-14:TAG=FILE with one of laion400m_e31"),
        ("ViT-L-14:openai=a.pt", r"its weights go with QuickGELU; name the architecture with -q"),
        ("ViT-B-32-quickgelu:laion2b_e16=a.pt", r"expected one of openai"),
        ("RN50:no_such=a.pt", r"RN50:no_such: expected one of "),
        (
            "ViT-B-16-SigLIP=a.pt",
            r"its tokenizer is not in open_clip but on the hub; give a folder",
        ),
        ("ViT-L-14-280:any=a.pt", r"expected one of no tag"),
    ],
)
def test_a_single_file_that_would_be_taken_for_other_weights_is_refused(
    spec: str, complaint: str
) -> None:
    with pytest.raises(UserError, match=f"^some_metric: .*{complaint}"):
        load_clip(spec, what="some_metric")
