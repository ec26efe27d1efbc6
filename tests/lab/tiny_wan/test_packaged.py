"""What the package ships, and what `omiti2v demo` makes with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import diffusers
import pytest

from alignvid_ref.generation.backbones import tiny_wan
from alignvid_ref.generation.backbones.tiny_wan import TINY_WAN
from alignvid_ref.generation.weights import pipeline_class
from evaluators.judges import Judge
from omiti2v.cli import demo_generation

WEIGHTS = TINY_WAN.packaged or Path()


@pytest.mark.skipif(not WEIGHTS.is_dir(), reason="this checkout has no weights")
def test_the_weights_are_small_and_load_through_the_stock_class() -> None:
    assert pipeline_class(WEIGHTS) == "WanImageToVideoPipeline"
    files = [path for path in WEIGHTS.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} <= {".json", ".safetensors", ".md"}
    assert sum(path.stat().st_size for path in files) < 20_000_000
    pipe = diffusers.WanImageToVideoPipeline.from_pretrained(WEIGHTS, local_files_only=True)
    parts = [type(part).__module__.split(".")[0] for part in pipe.components.values() if part]
    assert set(parts) == {"diffusers", "transformers"}


def use(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    tiny = replace(TINY_WAN, packaged=folder, steps=4)
    monkeypatch.setattr(tiny_wan, "TINY_WAN", tiny)


def test_the_demo_shows_clips_without_and_with_alignvid(
    monkeypatch: pytest.MonkeyPatch, model_folder: Path, tmp_path: Path, always_yes: Judge
) -> None:
    use(monkeypatch, model_folder)
    monkeypatch.setattr(demo_generation, "SCENES", 2)
    scores = demo_generation.generate_and_score(tmp_path, always_yes)
    assert scores is not None
    assert list(scores) == ["tiny-wan + baseline", "tiny-wan + alignvid"]
    assert all(one.coverage["videos"].value == 1 for one in scores.values())
    page = (tmp_path / "report.html").read_text()
    assert page.count("data:video/mp4") >= 4
    ids = [path.name for path in sorted((tmp_path / "videos" / "baseline").glob("*.mp4"))]
    assert ids == [path.name for path in sorted((tmp_path / "videos" / "alignvid").glob("*.mp4"))]


def test_without_weights_the_demo_says_so_and_goes_on(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    always_yes: Judge,
    capsys: pytest.CaptureFixture[str],
) -> None:
    use(monkeypatch, tmp_path / "nowhere")
    assert demo_generation.generate_and_score(tmp_path / "out", always_yes) is None
    assert "no clips are generated: tiny-wan: its weights are not" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
