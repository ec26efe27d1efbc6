"""The shipped weights: an ordinary open_clip folder that does what its card says."""

from __future__ import annotations

import open_clip

from lab.tiny_clip import WEIGHTS
from lab.tiny_clip.measure import measure
from lab.tiny_clip.model import SIDE


def test_open_clip_loads_the_folder_with_its_tokenizer() -> None:
    name = f"local-dir:{WEIGHTS}"
    model, _ = open_clip.create_model_from_pretrained(name)
    assert sum(tensor.numel() for tensor in model.parameters()) < 1_300_000
    assert open_clip.get_model_preprocess_cfg(model)["size"] == (SIDE, SIDE)
    assert open_clip.get_tokenizer(name)(["A red circle"]).shape == (1, 48)


def test_the_folder_is_small() -> None:
    assert sum(path.stat().st_size for path in WEIGHTS.iterdir()) < 6_000_000


def test_it_finds_the_captions_of_scenes_that_it_has_not_seen() -> None:
    for name, (right, asked) in measure(WEIGHTS, scenes=100).items():
        assert right / asked > 0.75, name
