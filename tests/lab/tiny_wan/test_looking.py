"""Measures, sheets and the card."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from evaluators.judges import Judge
from evaluators.world import render_frames, true_answers
from lab.tiny_wan.card import write_card
from lab.tiny_wan.clips import TARGET_SHARES
from lab.tiny_wan.latents import Pool
from lab.tiny_wan.learner import Learner
from lab.tiny_wan.measure import (
    count_right,
    distances,
    held_out_scenes,
    measure,
    reconstruct,
)
from lab.tiny_wan.parts import load_pipeline, load_vae, save_pipeline
from lab.tiny_wan.sheet import draw_sheet, reconstruction_rows, sample_rows
from lab.tiny_wan.tokens import build_tokenizer


def test_distances_of_pictures_one_level_apart() -> None:
    one = np.full((2, 9, 64, 64, 3), 100, dtype=np.uint8)
    found = distances(one, one + 1)
    assert found["l1_levels"] == 1
    assert found["psnr_db"] == pytest.approx(48.13, abs=0.01)


def test_a_reconstruction_has_the_shape_of_the_clips(pool: Pool) -> None:
    clips = np.zeros((2, 9, 64, 64, 3), dtype=np.uint8)
    made = reconstruct(load_vae(pool.vae), clips)
    assert made.shape == clips.shape
    assert made.dtype == np.uint8


def test_answers_are_counted_against_what_the_clip_shows(always_yes: Judge) -> None:
    scenes = held_out_scenes(6)
    frames = np.stack([render_frames(scene.stage, behaviour) for scene, behaviour in scenes])
    counts = count_right(always_yes, scenes, frames)
    truth = [answer for one in scenes for answer in true_answers(*one).values()]
    assert counts["all"] == [truth.count("yes"), len(truth)]
    assert sum(asked for name, (_, asked) in counts.items() if name.startswith("kind ")) == len(
        truth
    )


def test_a_sheet_of_reconstructions_has_two_rows_a_clip(pool: Pool) -> None:
    rows = reconstruction_rows(load_vae(pool.vae), 2)
    assert [bool(heading) for heading, _ in rows] == [True, False, True, False]
    assert draw_sheet(rows).width == 9 * 64


def test_sheet_and_card_of_a_saved_pipeline(pool: Pool, tmp_path: Path, always_yes: Judge) -> None:
    torch.manual_seed(2)
    vae = load_vae(pool.vae)
    save_pipeline(tmp_path, Learner(build_tokenizer()).pipeline(vae))
    assert str(pool.vae.parent) not in (tmp_path / "vae" / "config.json").read_text()
    rows = sample_rows(load_pipeline(tmp_path), 1, steps=1, guidance_scale=1.0)
    assert [pictures.shape for _, pictures in rows] == [(10, 64, 64, 3)]
    measured = measure(vae, clips=6, load_judge=lambda: always_yes)
    card = write_card(tmp_path, measured, notes="Interrupted once.\n")
    for name, share in TARGET_SHARES.items():
        assert f"`{name}` {share:.0%}" in card
    assert "| all |" in card
    assert "| transformer | " in card
    assert card.endswith("## How these weights came to be\nInterrupted once.\n")
