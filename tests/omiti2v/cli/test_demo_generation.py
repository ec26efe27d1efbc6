"""The generating part of the demo, where its model can't be run."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluators.judges import Judge
from omiti2v.cli.demo_generation import generate_and_score
from omiti2v.errors import UserError


def test_a_model_that_can_not_be_run_is_one_line_and_leaves_nothing(
    always_yes: Judge,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise UserError('tiny-wan needs diffusers: pip install "omiti2v[alignvid]"')

    monkeypatch.setattr("alignvid_ref.generation.plan.plan_model", refuse)
    assert generate_and_score(tmp_path / "out", always_yes) is None
    assert "no clips are generated: tiny-wan needs diffusers" in capfd.readouterr().err
    assert not (tmp_path / "out").exists()
