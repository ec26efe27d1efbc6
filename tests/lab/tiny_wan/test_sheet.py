"""Contact sheets."""

from __future__ import annotations

from pathlib import Path

import torch

from lab.tiny_wan.latents import Pool
from lab.tiny_wan.learner import WanLearner
from lab.tiny_wan.parts import load_pipeline, load_vae, save_pipeline
from lab.tiny_wan.sheet import draw_sheet, reconstruction_rows, sample_rows
from lab.tiny_wan.tokens import build_tokenizer


def test_a_sheet_of_reconstructions_has_two_rows_a_clip(pool: Pool) -> None:
    rows = reconstruction_rows(load_vae(pool.vae), 2)
    assert [bool(heading) for heading, _ in rows] == [True, False, True, False]
    assert draw_sheet(rows).width == 9 * 64


def test_a_sheet_of_a_saved_pipeline_shows_reference_and_frames(pool: Pool, tmp_path: Path) -> None:
    torch.manual_seed(2)
    vae = load_vae(pool.vae)
    save_pipeline(tmp_path, WanLearner(build_tokenizer()).pipeline(vae))
    assert str(pool.vae.parent) not in (tmp_path / "vae" / "config.json").read_text()
    rows = sample_rows(load_pipeline(tmp_path), 1, steps=1, guidance_scale=1.0)
    assert [pictures.shape for _, pictures in rows] == [(10, 64, 64, 3)]
