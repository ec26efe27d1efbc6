"""Judges worth trying: the arithmetic, and that its numbers are those of the published configs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from released import shared
from transformers import AutoConfig, AutoModelForImageTextToText

from evaluators.frames import Video, sample_frames
from evaluators.judges import load_judge
from evaluators.judges.recommended import BYTES, RECOMMENDED, Recommended
from evaluators.judges.transformers_judge import TransformersJudge

DOCS = Path(__file__).parents[3] / "docs"
MET = {one.hub_id.rpartition("/")[2]: one for one in RECOMMENDED}
WIDTHS = (
    *("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads"),
    "num_key_value_heads",
)
LARGER = {
    "Qwen2.5-VL-32B-Instruct": (5120, 27648, 64, 40, 8),
    "Qwen2.5-VL-72B-Instruct": (8192, 29568, 80, 64, 8),
}
"""Published widths of models whose config files have not been met: the rest is the 7B's."""

SMALL = Recommended("a/b", 10 * 2**30, 8 * 2**30, 2 * 4 * 128, 2**17, 2**16, "")


def config_of(name: str, folder: Path) -> Any:
    if name not in LARGER:
        return AutoConfig.from_pretrained(shared(f"released/{name}"))
    small = shared("released/Qwen2.5-VL-7B-Instruct") / "config.json"
    config = json.loads(small.read_text())
    text = dict(zip(WIDTHS, LARGER[name], strict=True))
    vision = {"out_hidden_size": text["hidden_size"], "intermediate_size": 3456}
    config |= {**text, "vision_config": {**config["vision_config"], **vision}}
    (folder / "config.json").write_text(json.dumps(config))
    return AutoConfig.from_pretrained(folder)


def test_memory_is_weights_and_the_cache_of_a_clip() -> None:
    assert [SMALL.weights_gib(weights) for weights in BYTES] == [20.0, 12.0, 8.5]
    # 2^17 tokens, keys and values, two bytes: 2 layers of 4 heads of 128.
    assert SMALL.clip_gib == 0.5


def test_a_gpu_fits_where_a_tenth_of_it_is_left() -> None:
    assert [SMALL.fits(weights) for weights in BYTES] == ["24 GB", "24 GB", "24 GB"]
    large = {one.hub_id: one for one in RECOMMENDED}["Qwen/Qwen2.5-VL-72B-Instruct"]
    assert [large.fits(weights) for weights in BYTES] == ["2 x 80 GB", "2 x 80 GB", "80 GB"]


def test_the_page_has_the_table() -> None:
    lines = (DOCS / "judges.md").read_text().splitlines()
    for one in RECOMMENDED:
        cells = [
            f"`{one.hub_id}`",
            f"{one.parameters / 1e9:.2f} billion",
            *(f"{one.weights_gib(weights):.1f} GiB, {one.fits(weights)}" for weights in BYTES),
            *(f"{one.clip_gib:.2f} GiB", f"{one.fast:,}", f"{one.paper:,}"),
        ]
        assert f"| {' | '.join(cells)} |" in lines


@pytest.mark.parametrize("name", MET)
def test_parameters_and_layers_are_those_of_the_config(name: str, tmp_path: Path) -> None:
    config = config_of(name, tmp_path)
    with torch.device("meta"):
        model = AutoModelForImageTextToText.from_config(config)
    output = model.get_output_embeddings()
    linear = [m for m in model.modules() if isinstance(m, torch.nn.Linear) and m is not output]
    text = config.get_text_config(decoder=True)
    head = getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads
    one = MET[name]
    assert sum(parameter.numel() for parameter in model.parameters()) == one.parameters
    assert sum(module.weight.numel() for module in linear) == one.linear
    assert text.num_hidden_layers * text.num_key_value_heads * head == one.width


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in MET if name not in LARGER])
def test_tokens_are_those_of_the_processor(
    name: str, released_checkpoint: Callable[[str], Path]
) -> None:
    video = Video(
        path=Path("a.mp4"),
        sha256="0" * 64,
        frames=np.zeros((81, 480, 832, 3), np.uint8),
        times=np.arange(81) / 16,
        fps=16,
        codec="h264",
        pixel_format="yuv420p",
    )
    found = {}
    for protocol in ("fast", "paper"):
        judge = load_judge(str(released_checkpoint(name)), protocol=protocol, device="cpu")
        assert isinstance(judge, TransformersJudge)
        found[protocol] = judge.prepare(sample_frames(video, judge.frame_rule), ["Is it?"]).tokens
    assert found == {"fast": MET[name].fast, "paper": MET[name].paper}
