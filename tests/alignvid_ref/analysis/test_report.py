"""The attention report on tiny pipelines."""

from __future__ import annotations

import csv
import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from alignvid_ref import AlignVidConfig
from alignvid_ref.analysis import AttentionReport, AttentionRow, attention_report
from omiti2v.errors import UserError

CASES = [
    ("wan2.1-i2v", "scalar"),
    ("wan2.1-i2v", "conflict"),
    ("wan2.1-t2v", "energy"),
    ("framepack", "scalar"),
    ("framepack", "conflict"),
    ("hunyuanvideo-i2v", "scalar"),
]


def report_of(tiny: Any, preset: str, **overrides: Any) -> AttentionReport:
    config = AlignVidConfig.preset(preset, blocks=tiny.blocks, **overrides)
    return attention_report(tiny.pipe, tiny.call, config=config)


def where(row: AttentionRow) -> tuple[Any, ...]:
    return row.transformer, row.block, row.trajectory, row.step


@pytest.mark.parametrize(("preset", "modulation"), CASES)
def test_every_block_and_step_of_both_runs_has_a_row_with_masses_that_add_up(
    preset: str, modulation: str, tiny_of: Callable[[str], Any]
) -> None:
    report = report_of(tiny_of(preset), preset, modulation=modulation)
    plain = [row for row in report.rows if row.run == "plain"]
    changed = [row for row in report.rows if row.run == "alignvid"]
    sections = 2 if preset == "framepack" else 1
    assert len(plain) == 4 * 4 * sections
    assert [where(row) for row in plain] == [where(row) for row in changed]
    assert len({where(row) for row in plain}) == len(plain)
    for row in report.rows:
        assert row.image_mass + row.video_mass + row.text_mass == pytest.approx(1, abs=1e-4)
        assert 0 < row.entropy <= 1
    if preset.startswith("wan"):
        assert not any(row.video_mass for row in report.rows)
    else:
        assert all(row.video_mass > 0 for row in report.rows)
    assert any(row.image_mass for row in report.rows) == (
        preset not in ("wan2.1-t2v", "hunyuanvideo-i2v")
    )


@pytest.mark.parametrize(("preset", "modulation"), CASES)
def test_measuring_changes_no_bit_of_the_video_and_leaves_nothing(
    preset: str, modulation: str, tiny_of: Callable[[str], Any]
) -> None:
    tiny = tiny_of(preset)
    before = [
        (type(module), sorted(vars(module)), id(getattr(module, "processor", None)))
        for module in tiny.pipe.transformer.modules()
    ]
    plain = tiny.run()
    report_of(tiny, preset, modulation=modulation)
    after = [
        (type(module), sorted(vars(module)), id(getattr(module, "processor", None)))
        for module in tiny.pipe.transformer.modules()
    ]
    assert after == before
    assert torch.equal(tiny.run(), plain)


@pytest.mark.parametrize("preset", ["wan2.1-i2v", "framepack"])
def test_the_first_block_of_the_first_step_sees_only_the_sharper_softmax(
    preset: str, tiny_of: Callable[[str], Any]
) -> None:
    # There both runs have the same inputs, and the entropy has to fall.
    report = report_of(tiny_of(preset), preset, gamma=2.0)
    first = [row for row in report.rows if row.block == row.step == row.trajectory == 0]
    plain, changed = first
    assert (plain.run, changed.run) == ("plain", "alignvid")
    assert plain.in_window and changed.in_window
    assert changed.entropy < plain.entropy


def test_a_config_that_changes_nothing_gives_two_equal_runs(tiny_of: Callable[[str], Any]) -> None:
    report = report_of(tiny_of("wan2.1-i2v"), "wan2.1-i2v", gamma=1.0)
    half = len(report.rows) // 2
    relabelled = tuple(dataclasses.replace(row, run="plain") for row in report.rows[half:])
    assert relabelled == report.rows[:half]


def test_an_outside_sum_over_the_joined_softmax_gives_the_same_text_mass(
    tiny_of: Callable[[str], Any],
) -> None:
    tiny = tiny_of("wan2.1-i2v")
    attn = tiny.pipe.transformer.blocks[1].attn2
    seen: list[tuple[torch.Tensor, torch.Tensor]] = []
    texts: list[torch.Tensor] = []
    hook = attn.register_forward_pre_hook(lambda _, args: seen.append(args[:2]))
    embedder = tiny.pipe.transformer.condition_embedder
    other = embedder.register_forward_pre_hook(lambda _, args: texts.append(args[1][0]))
    tiny.run()
    hook.remove()
    other.remove()
    masses, padding = [], []
    with torch.no_grad():
        # The two passes of the first step.
        for (hidden, context), prompt in zip(seen[:2], texts[:2], strict=True):
            words = int((prompt.abs().sum(-1) > 0).sum())
            assert 0 < words < 512
            image, text = context[0, :-512], context[0, -512:]
            keys = [attn.norm_added_k(attn.add_k_proj(image)), attn.norm_k(attn.to_k(text))]
            query = attn.norm_q(attn.to_q(hidden[0])).unflatten(1, (attn.heads, -1))
            key = torch.cat(keys).unflatten(1, (attn.heads, -1))
            logits = torch.einsum("qhd,khd->hqk", query, key) / query.shape[-1] ** 0.5
            end = logits.shape[-1] - 512 + words  # padding comes last
            masses.append(float(logits[..., :end].softmax(-1)[..., -words:].sum(-1).mean()))
            padding.append(float(logits.softmax(-1)[..., end:].sum(-1).mean()))
    report = report_of(tiny, "wan2.1-i2v")
    row = next(r for r in report.rows if r.run == "plain" and (r.block, r.step) == (1, 0))
    assert row.text_mass == pytest.approx(sum(masses) / 2, abs=1e-5)
    assert row.padding_mass == pytest.approx(sum(padding) / 2, abs=1e-5)


def test_both_experts_of_wan22_are_reported(tiny_of: Callable[[str], Any]) -> None:
    report = report_of(tiny_of("wan2.2-i2v"), "wan2.2-i2v")
    steps = {row.transformer: {r.step for r in report.rows if r.transformer == row.transformer}
             for row in report.rows}  # fmt: skip
    assert steps == {"transformer": {0}, "transformer_2": {1, 2, 3}}


def test_json_keeps_the_config_and_every_row(report: AttentionReport, tmp_path: Path) -> None:
    report.write_json(tmp_path / "report.json")
    data = json.loads((tmp_path / "report.json").read_text())
    assert AlignVidConfig.from_dict(data["config"]) == report.config
    assert tuple(AttentionRow(**row) for row in data["rows"]) == report.rows


def test_csv_has_a_header_and_every_row(report: AttentionReport, tmp_path: Path) -> None:
    report.write_csv(tmp_path / "report.csv")
    with (tmp_path / "report.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(report.rows)
    assert float(rows[7]["entropy"]) == report.rows[7].entropy
    assert rows[-1]["run"] == "alignvid"


@pytest.mark.parametrize("preset", ["cogvideox-i2v", "ltx-i2v"])
def test_a_family_whose_logits_are_not_read_is_refused(
    preset: str, tiny_of: Callable[[str], Any]
) -> None:
    with pytest.raises(UserError, match="wan-i2v, wan, framepack, hunyuan-video"):
        report_of(tiny_of(preset), preset)
