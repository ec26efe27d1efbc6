"""Which settings a model gets: by classes and configuration, by its name last."""

from __future__ import annotations

import json

import pytest
from released import shared

from alignvid_ref.recognition import framepack_of, recognize, weights_name
from omiti2v.errors import UserError

I2V, T2V = "WanImageToVideoPipeline", "WanPipeline"
FRAMEPACK = "HunyuanVideoFramepackPipeline"
NOT_MEASURED = {"evidence": "none"}
FIRST_HALF = {"evidence": "none", "blocks": "first-half"}


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("Wan-AI/Wan2.1-T2V-14B-Diffusers", "wan2.1-t2v-14b-diffusers"),
        ("lllyasviel/FramePack_F1_I2V_HY_20250503@main", "framepack_f1_i2v_hy_20250503"),
        ("/home/rolf1/models/FramePackI2V_HY/transformer", "framepacki2v_hy"),
        (
            "/c/hub/models--lllyasviel--FramePackI2V_HY/snapshots/ab1f1/transformer",
            "framepacki2v_hy",
        ),
        ("/data/a@b/FramePack_F1", "framepack_f1"),
        ("", ""),
    ],
)
def test_the_name_of_weights_is_the_last_part_that_is_one(place: str, name: str) -> None:
    assert weights_name(place) == name


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("FramePackI2V_HY", "framepack"),
        ("FramePackI2V_HY-bf16", "framepack"),
        ("framepack-v1", "framepack"),
        ("FramePack_F1", "framepack-f1"),
        ("FramePack_F1_I2V_HY_20250503", "framepack-f1"),
        ("FramePackF1", "framepack-f1"),
        ("rolf1", None),
        ("my-model-bf16", None),
        ("8f1c0f1e", None),
        ("", None),
    ],
)
def test_framepack_f1_is_told_by_a_word_of_its_own(name: str, found: str | None) -> None:
    assert framepack_of(name.lower()) == found


def test_an_unsure_framepack_is_refused_with_what_to_do() -> None:
    for place in ("", "/home/rolf1/weights-bf16", "/data/F1/transformer"):
        with pytest.raises(UserError, match='does not tell which this is: give preset="framepack"'):
            recognize([FRAMEPACK], {"num_single_layers": 40}, place=place)


@pytest.mark.parametrize(
    ("released", "pipeline", "preset", "changes"),
    [
        ("Wan2.1-I2V-14B-480P-Diffusers", I2V, "wan2.1-i2v", {}),
        ("Wan2.1-FLF2V-14B-720P-diffusers", I2V, "wan2.1-i2v", NOT_MEASURED),
        ("Wan2.1-T2V-14B-Diffusers", T2V, "wan2.1-t2v", {}),
        ("Wan2.1-T2V-1.3B-Diffusers", T2V, "wan2.1-t2v", FIRST_HALF),
        ("Wan2.2-TI2V-5B-Diffusers", T2V, "wan2.1-t2v", FIRST_HALF),
        ("Wan2.2-TI2V-5B-Diffusers", I2V, "wan2.2-i2v", {}),
        ("Wan2.2-I2V-A14B-Diffusers", I2V, "wan2.2-i2v", {}),
        ("FramePackI2V_HY", FRAMEPACK, "framepack", {}),
        ("FramePack_F1_I2V_HY_20250503", FRAMEPACK, "framepack-f1", {}),
        ("LTX-Video", "LTXImageToVideoPipeline", "ltx-i2v", {}),
        ("HunyuanVideo-I2V", "HunyuanVideoImageToVideoPipeline", "hunyuanvideo-i2v", {}),
    ],
)
def test_released_models_get_their_settings(
    released: str, pipeline: str, preset: str, changes: dict[str, object]
) -> None:
    path = shared(f"released/backbones/{released}/transformer/config.json")
    config = json.loads(path.read_text())
    found = recognize([pipeline], config, place=f"owner/{released}")
    assert (found.preset, dict(found.changes)) == (preset, changes)


@pytest.mark.parametrize("place", ["", "/data/my-finetune", "Wan-AI/Wan2.1-I2V-14B-720P-Diffusers"])
def test_weights_that_nobody_measured_do_not_claim_evidence(place: str) -> None:
    config = {"num_layers": 40, "added_kv_proj_dim": 5120}
    assert recognize([I2V], config, place=place).changes == NOT_MEASURED
