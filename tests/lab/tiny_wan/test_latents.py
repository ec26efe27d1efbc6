"""Chunks of latents are those of the clips with their numbers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from lab.tiny_wan import latents
from lab.tiny_wan.clips import TARGET_SHARES, make_clip
from lab.tiny_wan.condition import encode, to_video
from lab.tiny_wan.latents import Pool, encode_clips
from lab.tiny_wan.parts import load_vae
from lab.tiny_wan.tokens import LONGEST, build_tokenizer


def test_a_chunk_holds_what_is_learnt_from(pool: Pool) -> None:
    chunk = pool.load(0)
    shapes = {name: (values.dtype.name, values.shape[1:]) for name, values in chunk.items()}
    assert shapes == {
        "target": ("float16", (8, 3, 16, 16)),
        "condition": ("float16", (8, 3, 16, 16)),
        "first": ("uint8", (64, 64, 3)),
        "tokens": ("uint8", (LONGEST,)),
    }
    assert {len(values) for values in chunk.values()} == {pool.clips}
    clip = make_clip(3, seed=pool.seed, shares=TARGET_SHARES)
    assert (chunk["first"][3] == clip.frames[0]).all()
    wanted = encode(load_vae(pool.vae), to_video(torch.from_numpy(clip.frames[None])))
    np.testing.assert_allclose(chunk["target"][3], wanted[0].numpy(), rtol=2e-3, atol=4e-3)


def test_chunks_go_on_where_the_one_before_ends(pool: Pool, tmp_path: Path) -> None:
    short = replace(pool, folder=tmp_path, clips=2)
    assert (short.compute(1)["first"] == pool.load(0)["first"][2:4]).all()


def test_clips_are_encoded_some_at_a_time(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latents, "AT_ONCE", 2)
    clips = [make_clip(index, seed=pool.seed, shares=TARGET_SHARES) for index in range(3)]
    made = encode_clips(load_vae(pool.vae), build_tokenizer(), iter(clips))
    assert (made["tokens"] == pool.load(0)["tokens"][:3]).all()
    assert len(made["target"]) == len(clips)
