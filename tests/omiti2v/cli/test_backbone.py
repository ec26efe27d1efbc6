"""`omiti2v backbone list`, and backbones of others, as docs/extending/backbone.md adds them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from omiti2v.cli import main

ROOT = Path(__file__).parents[3]
OWN_PIPELINE = """
from diffusers import ModelMixin, WanImageToVideoPipeline, WanTransformer3DModel

class MyTransformer(WanTransformer3DModel):
    pass

class MyPipeline(WanImageToVideoPipeline):
    pass
"""


@pytest.fixture
def command(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Runs the command in this process; gives exit code, standard output and standard error."""

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["omiti2v", *map(str, arguments)])
        code: Any = 0
        try:
            main()
        except SystemExit as done:
            code = done.code or 0
        said = capfd.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import tiny_pipelines

    folder = tmp_path_factory.mktemp("tiny") / "wan"
    return tiny_pipelines.save(tiny_pipelines.wan_i2v(), folder)


@pytest.fixture
def distribution(tmp_path: Path, weights: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The guide's package, installed: its folder beside its metadata, both on the path."""
    import shutil

    guide = (ROOT / "docs/extending/backbone.md").read_text()
    [file, _] = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    [entry] = re.findall(r"```toml\n(.*?)```", guide, re.DOTALL)
    site = tmp_path / "site"
    shutil.copytree(weights, site / "my_models" / "weights")
    (site / "my_models" / "backbone.py").write_text(file)
    (site / "my_models" / "pipeline.py").write_text(OWN_PIPELINE)
    metadata = site / "my_models-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: my-models\nVersion: 1.0\n")
    header, line = entry.split("\n", 1)
    assert header == '[project.entry-points."omiti2v.backbones"]'
    (metadata / "entry_points.txt").write_text(
        "[omiti2v.backbones]\n" + line.replace('"', "") + "tiny-wan = my_models.backbone:TOY\n"
    )
    monkeypatch.syspath_prepend(str(site))
    for name in ("my_models", "my_models.backbone", "my_models.pipeline"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return site


def generate(command: Callable[..., tuple[int, str, str]], files: Path, *arguments: str) -> str:
    """Generates one video into `out`; its line of provenance."""
    out = ("--edition", files / "edition", "-o", files / "out", "--limit", "1", "--json")
    code, _, error = command("generate", *arguments, *out)
    assert code == 0, error
    assert len(list((files / "out").glob("*.mp4"))) == 1
    return (files / "out" / "provenance.jsonl").read_text()


def test_our_backbones_are_listed_with_what_they_need(
    command: Callable[..., tuple[int, str, str]],
) -> None:
    code, out, _ = command("backbone", "list", "--json")
    rows = {row["name"]: row for row in json.loads(out)}
    assert code == 0
    assert rows["tiny-wan"] == {
        "name": "tiny-wan",
        "summary": "a tiny Wan that draws rendered shapes, on a CPU",
        "needs": "the alignvid extra",
        "installed": True,
        "maker": "omiti2v",
    }
    assert rows["framepack"]["needs"] == "the alignvid extra, weights from the hub"
    assert rows["ltx-i2v"]["needs"] == "the alignvid extra, a folder"


def test_listing_loads_no_torch() -> None:
    script = """
import sys
sys.argv = ["omiti2v", "backbone", "list"]
from omiti2v.cli import main
try:
    main()
except SystemExit as done:
    assert not done.code
print("LOADED", *(name for name in ("torch", "diffusers", "transformers") if name in sys.modules))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    assert "wan2.1-i2v-14b-480p" in done.stdout
    assert done.stdout.splitlines()[-1] == "LOADED"


def test_what_is_not_installed_is_said(
    command: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    module = sys.modules["omiti2v.cli.backbone"]  # its name in the package is the group of commands
    monkeypatch.setattr(module, "find_spec", lambda name: None if name == "ftfy" else name)
    rows = json.loads(command("backbone", "list", "--json")[1])
    missing = {row["name"] for row in rows if not row["installed"]}
    names = {row["name"] for row in rows}
    assert missing == {name for name in names if "wan" in name or "skyreels" in name}


def test_the_guides_backbone_is_listed_and_does_not_take_a_name_of_ours(
    command: Callable[..., tuple[int, str, str]], distribution: Path
) -> None:
    rows = {row["name"]: row for row in json.loads(command("backbone", "list", "--json")[1])}
    assert (rows["toy-wan"]["maker"], rows["toy-wan"]["installed"]) == ("my-models", True)
    assert rows["tiny-wan"]["maker"] == "omiti2v"


def test_a_backbone_that_is_broken_hides_none_of_the_others(
    command: Callable[..., tuple[int, str, str]], distribution: Path
) -> None:
    (distribution / "my_models" / "backbone.py").write_text("import nowhere_to_be_found")
    rows = {row["name"]: row for row in json.loads(command("backbone", "list", "--json")[1])}
    assert "can't be imported: ModuleNotFoundError" in rows["toy-wan"]["summary"]
    assert not rows["toy-wan"]["installed"]
    assert rows["framepack"]["installed"]


def test_the_guides_backbone_makes_videos_by_its_name(
    command: Callable[..., tuple[int, str, str]], distribution: Path, files: Path
) -> None:
    line = generate(command, files, "--backbone", "toy-wan", "--method", "alignvid")
    assert '"backbone":"toy-wan"' in line.replace(": ", ":")


def test_a_pipeline_and_a_transformer_of_its_own_package_are_loaded(
    command: Callable[..., tuple[int, str, str]], distribution: Path, files: Path
) -> None:
    file = distribution / "my_models" / "backbone.py"
    file.write_text(
        file.read_text().replace('"WanImageToVideoPipeline"', '"my_models.pipeline:MyPipeline"')
    )
    index = distribution / "my_models" / "weights" / "model_index.json"
    parts = json.loads(index.read_text())
    parts |= {"_class_name": "MyPipeline", "transformer": ["my_models.pipeline", "MyTransformer"]}
    index.write_text(json.dumps(parts))
    line = generate(command, files, "--backbone", "toy-wan", "--method", "alignvid")
    assert "my_models.pipeline:MyPipeline" in line
    # The same folder without the package's word for it is refused.
    code, _, error = command(
        *("generate", "--backbone", index.parent, "--method", "baseline"),
        *("--edition", files / "edition", "-o", files / "other"),
    )
    assert code == 1
    assert "expected a part from diffusers or transformers" in error


def test_a_backbone_in_a_file_of_the_working_directory_makes_videos(
    command: Callable[..., tuple[int, str, str]],
    weights: Path,
    files: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    guide = (ROOT / "docs/extending/backbone.md").read_text()
    file = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)[0]
    (files / "toy_beside_data.py").write_text(
        file.replace('Path(__file__).parent / "weights"', f"Path({str(weights)!r})")
    )
    monkeypatch.chdir(files)
    line = generate(command, files, "--backbone", "toy_beside_data:TOY", "--method", "baseline")
    assert "toy-wan" in line
