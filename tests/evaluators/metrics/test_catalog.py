"""Metrics by name: what they declare, and what is said where something is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torchvision.models.optical_flow import raft_large

from evaluators.frames import Frames, Video
from evaluators.metrics import (
    EVERY_RUN,
    MODEL_FREE_METRICS,
    Metric,
    MetricDefinition,
    Observation,
    load_metrics,
    parse_weights,
)
from evaluators.metrics.catalog import known_metrics
from lab.tiny_clip import WEIGHTS as TINY_CLIP
from omiti2v.errors import UserError

MODEL_FREE = ["motion", "first_frame", "stillness", "smoothness"]
CLIP_METRICS = [name for name in known_metrics() if name.startswith("clip_")]


def refused(names: list[str], **weights: str) -> str:
    with pytest.raises(UserError) as error:
        load_metrics(names, weights=weights)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.fixture(scope="module")
def metrics(tmp_path_factory: pytest.TempPathFactory) -> tuple[Metric, ...]:
    """Every metric that can be made here without a download."""
    folder = tmp_path_factory.mktemp("weights")
    head, raft = folder / "head.pth", folder / "raft.pth"
    torch.save(raft_large(weights=None).state_dict(), raft)
    torch.save({"weight": torch.zeros(1, 128), "bias": torch.zeros(1)}, head)
    clip = str(TINY_CLIP)
    return load_metrics(
        [
            *MODEL_FREE,
            *CLIP_METRICS,
            "background_consistency",
            "aesthetic_quality",
            "dynamic_degree",
        ],
        weights={
            "clip": clip,
            "background_clip": clip,
            "aesthetic_clip": clip,
            "aesthetic_head": str(head),
            "raft": str(raft),
        },
        device="cpu",
    )


def test_every_metric_declares_what_it_is(metrics: tuple[Metric, ...]) -> None:
    for metric in metrics:
        assert metric.version
        assert metric.license
        for quantity in metric.quantities:
            assert all((quantity.name, quantity.unit, quantity.description, quantity.source))
            assert len(quantity.bounds) == 2


def test_no_two_metrics_give_a_number_of_the_same_name(metrics: tuple[Metric, ...]) -> None:
    names = [quantity.name for metric in metrics for quantity in metric.quantities]
    assert len(names) == len(set(names))


def test_a_metric_that_needs_weights_names_them_in_its_version(
    metrics: tuple[Metric, ...],
) -> None:
    for metric in metrics:
        assert (metric.version != "1") == bool(metric.requirements)


def test_a_name_given_twice_is_measured_once() -> None:
    assert len(load_metrics(["motion", "smoothness", "motion"])) == 2


def test_an_unknown_name_lists_the_known_ones() -> None:
    message = refused(["motion", "beauty"])
    assert "'beauty'" in message
    assert "aesthetic_quality" in message


@pytest.mark.parametrize(
    ("metric", "weights"),
    [
        ("clip_prompt_alignment", "clip"),
        ("background_consistency", "background_clip"),
        ("subject_consistency", "dino"),
        ("aesthetic_quality", "aesthetic_head"),
    ],
)
def test_missing_weights_say_which_to_give(metric: str, weights: str) -> None:
    definition = known_metrics()[metric]
    assert isinstance(definition, MetricDefinition)
    meaning = definition.weights[weights]
    assert f"{metric}: needs weights: give {weights}=WHERE ({meaning})" in refused([metric])


def test_weights_of_an_unknown_name_are_refused() -> None:
    assert "expected one of aesthetic_clip, aesthetic_head, " in refused(["motion"], clipp="folder")


def test_weights_with_a_wrong_checksum_are_refused(tmp_path: Path) -> None:
    (tmp_path / "raft.pth").write_bytes(b"other")
    message = refused(["dynamic_degree"], raft=f"{tmp_path / 'raft.pth'}#sha256=22a6c225")
    assert "dynamic_degree: " in message
    assert "expected sha256 22a6c225" in message


def test_a_missing_package_names_the_pip_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "open_clip", None)
    assert 'needs open_clip, which is not installed: pip install "omiti2v[clip]"' in refused(
        ["clip_prompt_alignment"]
    )


def test_weights_are_given_as_name_and_place() -> None:
    assert parse_weights(["clip=ViT-B-32=a.pt", "raft=b"]) == {"clip": "ViT-B-32=a.pt", "raft": "b"}


@pytest.mark.parametrize("options", [["clip"], ["=a"], ["clip="], ["clip=a", "clip=b"]])
def test_weights_that_are_not_so_given_are_refused(options: list[str]) -> None:
    with pytest.raises(UserError, match="weights: "):
        parse_weights(options)


def test_importing_the_metrics_and_looking_at_all_of_them_imports_no_torch() -> None:
    program = (
        "import sys, evaluators.metrics.catalog as c; assert len(c.known_metrics()) > 14; "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_what_every_run_computes_is_registered_as_the_rest_is() -> None:
    assert load_metrics(EVERY_RUN) == MODEL_FREE_METRICS


def test_weights_of_a_metric_that_is_not_asked_for_are_passed_over() -> None:
    assert len(load_metrics(["motion"], weights={"clip": "nowhere"})) == 1


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("iqa", "expected iqa:NAME"),
        ("iqa:", "expected iqa:NAME"),
        ("motion:1", "expected motion"),
        ("no_such_module_here:METRIC", "can't be imported: ModuleNotFoundError"),
        ("json:loads", "expected a Metric or a MetricDefinition, got function"),
    ],
)
def test_a_name_that_gives_no_metric_is_refused(name: str, complaint: str) -> None:
    assert complaint in refused([name])


MINE = """
from evaluators.metrics import Metric, MetricDefinition, Quantity


def metric(name, value, version="1"):
    quantity = Quantity(
        name=name, unit="level", higher_is_better=None, bounds=(0.0, None), description="Mine.",
        source="me",
    )
    return Metric(
        version=version, quantities=(quantity,), measure=lambda seen: {name: value(seen)}
    )


BRIGHTNESS = metric("brightness", lambda seen: float(seen.video.frames.mean()))
SMOOTHNESS = metric("my_smoothness", lambda seen: 0.0)
TAKEN = metric("dynamic_degree_dis", lambda seen: 0.0)
RESERVED = metric("aesthetic_quality", lambda seen: 0.0)


def build(context):
    text = open(context.weights["offset"]).read()
    return metric("offset", lambda seen: float(text), version=f"1, {context.device}")


OFFSET = MetricDefinition(summary="A number.", build=build, weights={"offset": "a file"})
BROKEN = MetricDefinition(summary="Broken.", build=lambda context: 1 / 0)
WRONG = MetricDefinition(summary="Wrong.", build=lambda context: "x")
ABSENT = MetricDefinition(
    summary="Absent.", build=build, requirement="mine[gpu]", modules=("no_such_package",)
)
"""
REGISTERED = "[omiti2v.metrics]\nbrightness = mine_of_test:BRIGHTNESS\noffset = mine_of_test:OFFSET"


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Installs another distribution, which registers metrics."""

    def install(entries: str = REGISTERED, *, name: str = "mine") -> Path:
        folder = tmp_path / name
        info = folder / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(entries)
        (folder / "mine_of_test.py").write_text(MINE)
        monkeypatch.syspath_prepend(str(folder))
        monkeypatch.delitem(sys.modules, "mine_of_test", raising=False)
        return folder

    return install


def test_a_metric_of_another_distribution_is_named_as_ours_are(
    installed: Callable[..., Path],
    make_observation: Callable[[Video], Observation],
    make_video: Callable[..., Video],
    texture: Callable[[int, int], Frames],
) -> None:
    installed()
    _, brightness = load_metrics(["motion", "brightness"])
    frames = texture(32, 32)[None]
    measured = brightness.measure(make_observation(make_video(frames)))
    assert measured == {"brightness": pytest.approx(frames.mean())}


def test_weights_and_device_reach_a_metric_of_another_distribution(
    installed: Callable[..., Path], tmp_path: Path, make_observation: Callable[..., Observation]
) -> None:
    installed()
    (tmp_path / "w.txt").write_text("2.5")
    weights = parse_weights([f"offset={tmp_path / 'w.txt'}"])
    [metric] = load_metrics(["offset"], weights=weights, device="cpu")
    assert metric.version == "1, cpu"
    assert metric.requirements == ("weights offset",)
    assert "offset: needs weights: give offset=WHERE (a file)" in refused(["offset"])


def test_a_name_of_ours_is_not_taken_by_another_distribution(
    installed: Callable[..., Path],
) -> None:
    installed("[omiti2v.metrics]\nsmoothness = mine_of_test:SMOOTHNESS")
    assert load_metrics(["smoothness"])[0].quantities[0].name == "temporal_smoothness_dis"


def test_two_distributions_with_one_name_are_refused(installed: Callable[..., Path]) -> None:
    installed()
    installed(name="yours")
    assert "brightness: registered by mine and by yours" in refused(["brightness"])


def test_numbers_of_ours_keep_their_names(installed: Callable[..., Path]) -> None:
    installed()
    message = refused(["motion", "mine_of_test:TAKEN"])
    assert "mine_of_test:TAKEN gives dynamic_degree_dis, as motion does" in message
    assert "gives aesthetic_quality, as aesthetic_quality does" in refused(
        ["mine_of_test:RESERVED"]
    )


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("BROKEN", "mine_of_test:BROKEN: can't be loaded: ZeroDivisionError: "),
        ("WRONG", "build: expected a Metric, got str"),
        ("ABSENT", 'needs no_such_package, which is not installed: pip install "mine[gpu]"'),
    ],
)
def test_a_broken_metric_of_another_is_one_line(
    installed: Callable[..., Path], name: str, complaint: str
) -> None:
    installed()
    assert complaint in refused([f"mine_of_test:{name}"])


def test_one_that_can_not_be_imported_takes_no_other_with_it(
    installed: Callable[..., Path],
) -> None:
    installed("[omiti2v.metrics]\ngone = mine_of_test:GONE")
    assert isinstance(known_metrics()["gone"], UserError)
    assert "gone: mine_of_test:GONE, registered by mine, can't be imported" in refused(["gone"])
    assert len(load_metrics(["motion"])) == 1


def test_a_metric_in_a_file_of_the_working_directory_is_named_as_module_and_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "beside_the_data.py").write_text(MINE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    [metric] = load_metrics(["beside_the_data:BRIGHTNESS"])
    assert metric.quantities[0].name == "brightness"
    assert os.fspath(tmp_path) == sys.path[-1]


def test_metrics_that_are_given_one_model_share_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from evaluators.metrics import clip_model

    loaded: list[str] = []
    load = clip_model.load_clip

    def note(spec: str, **options: str) -> clip_model.ClipModel:
        loaded.append(spec)
        return load(spec, **options)

    monkeypatch.setattr(clip_model, "load_clip", note)
    names = ["clip_prompt_alignment", "clip_frame_consistency", "background_consistency"]
    where = str(TINY_CLIP)
    load_metrics(names, weights={"clip": where, "background_clip": where}, device="cpu")
    assert loaded == [where]
