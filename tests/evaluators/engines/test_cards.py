"""What is remembered of judges and metrics: the truth, and nothing once anything has changed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import pytest

from evaluators.cache import EvaluationCache
from evaluators.engines import cards
from evaluators.engines.cards import Cards, Known
from evaluators.engines.worker_setup import MetricSelection, WorkerInfo, WorkerSetup
from evaluators.judges import JudgeSpec
from evaluators.tiny import WEIGHTS
from lab.tiny_clip import WEIGHTS as CLIP
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.samples import Sample

EMPTY = Edition(name="empty", samples=(), image_sha256={}, root=None)
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[EvaluationCache]:
    with EvaluationCache(tmp_path / "cache.sqlite3") as opened:
        yield opened


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A judge's folder and a CLIP's folder."""
    folder = tmp_path_factory.mktemp("models")
    shutil.copytree(WEIGHTS, folder / "judge")
    shutil.copytree(CLIP, folder / "clip")
    return folder


@pytest.fixture(scope="module")
def setup(models: Path) -> WorkerSetup:
    """The two folders and a metric that loads nothing."""
    return WorkerSetup(
        edition=EMPTY,
        judge=JudgeSpec(model=str(models / "judge"), device="cpu"),
        metrics=MetricSelection(
            names=("motion", "clip_prompt_alignment"),
            weights={"clip": str(models / "clip")},
            device="cpu",
        ),
    )


@pytest.fixture(scope="module")
def loaded(setup: WorkerSetup) -> WorkerInfo:
    """What the models tell."""
    return WorkerInfo.of(setup.examiner(None))


def test_what_was_loaded_once_is_known_without_loading(
    setup: WorkerSetup, loaded: WorkerInfo, cache: EvaluationCache
) -> None:
    found = Cards(setup, cache)
    assert found.recall() is None
    assert loaded.judge is not None
    judge = replace(loaded.judge, frame_rule=replace(loaded.judge.frame_rule, phase=0.5))
    found.keep(Known(judge, loaded.metrics))
    known = Cards(setup, cache).recall()
    assert known is not None
    assert known.judge == judge
    assert [(m.quantities, m.version, m.requirements) for m in known.metrics] == [
        (m.quantities, m.version, m.requirements) for m in loaded.metrics
    ]
    assert known.models == {"clip_prompt_alignment"}
    assert Cards(setup, cache).model_free == ("motion",)


def test_nothing_is_known_once_an_option_a_file_a_package_or_our_code_changed(
    setup: WorkerSetup,
    loaded: WorkerInfo,
    cache: EvaluationCache,
    models: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert setup.judge is not None
    Cards(setup, cache).keep(Known(loaded.judge, loaded.metrics))
    for other in (
        replace(setup, judge=replace(setup.judge, threshold=0.4)),
        replace(setup, judge=replace(setup.judge, prompt="{question}")),
        replace(setup, phase=0.5),
    ):
        assert Cards(other, cache).recall() is None
    with monkeypatch.context() as changed:
        changed.setattr(metadata, "version", lambda name: "99")
        assert Cards(setup, cache).recall() is None
    with monkeypatch.context() as changed:
        changed.setattr(cards, "sha256_of_files", lambda code: "another digest")
        assert Cards(setup, cache).recall() is None
    assert Cards(setup, cache).recall() is not None
    for file in ("judge/tokenizer.json", "clip/open_clip_config.json"):
        before = (models / file).read_text()
        (models / file).write_text(before + "\n")
        assert Cards(setup, cache).recall() is None, file
        (models / file).write_text(before)
    assert Cards(setup, cache).recall() is not None


def test_options_that_change_no_answer_need_no_card_of_their_own(
    setup: WorkerSetup, loaded: WorkerInfo, cache: EvaluationCache
) -> None:
    assert setup.judge is not None
    Cards(setup, cache).keep(Known(loaded.judge, loaded.metrics))
    other = replace(setup.judge, device=None, batch_clips=2, max_questions=3)
    assert Cards(replace(setup, judge=other), cache).recall() is not None
    # With `paper` the two are refused when the judge is made.
    one, two = (replace(setup.judge, protocol="paper", batch_clips=n) for n in (None, 2))
    keys = {Cards(replace(setup, judge=spec), cache)._judge_key for spec in (one, two)}
    assert len(keys) == 2


@pytest.mark.parametrize(
    "damage",
    [{"identity": {"x": float("nan")}}, {"identity": {"x": "\ud800"}}, {"name": "a\x1b[31m"}],
)
def test_a_card_that_no_judge_can_have_is_none(
    setup: WorkerSetup, loaded: WorkerInfo, cache: EvaluationCache, damage: dict[str, object]
) -> None:
    found = Cards(setup, cache)
    found.keep(Known(loaded.judge, loaded.metrics))
    select, update = "SELECT value FROM results WHERE key = ?", "UPDATE results SET value = ?"
    (text,) = cache._connection.execute(select, (found._judge_key,)).fetchone()
    changed = json.dumps(json.loads(text.split("\n")[0]) | damage)  # unsealed, as by older versions
    cache._connection.execute(f"{update} WHERE key = ?", (changed, found._judge_key))
    assert found.recall() is None


def test_files_that_were_replaced_during_the_load_get_no_card(
    setup: WorkerSetup, loaded: WorkerInfo, cache: EvaluationCache, models: Path
) -> None:
    found = Cards(setup, cache)
    file = models / "judge/tokenizer.json"
    before = file.read_text()
    file.write_text(before + "\n")
    found.keep(Known(loaded.judge, loaded.metrics))
    assert Cards(setup, cache).recall() is None
    file.write_text(before)
    assert Cards(setup, cache).recall() is None


def test_a_registered_family_of_others_leaves_a_judge_unknown(
    setup: WorkerSetup,
    loaded: WorkerInfo,
    cache: EvaluationCache,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Cards(setup, cache).keep(Known(loaded.judge, loaded.metrics))
    monkeypatch.setattr(cards, "maker_of", lambda entry: "another-package")
    assert Cards(setup, cache).recall() is None


@pytest.mark.parametrize("model", ["openai:gpt", "mine:Judge"])
def test_a_judge_that_comes_out_of_no_files_of_ours_is_never_known(
    model: str, cache: EvaluationCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.py").write_text("class Judge: ...\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    setup = WorkerSetup(edition=EMPTY, judge=JudgeSpec(model=model, device=None))
    found = Cards(setup, cache)
    found.keep(Known(None, ()))
    assert found.recall() is None


def test_without_a_cache_only_what_loads_nothing_is_known(setup: WorkerSetup) -> None:
    found = Cards(setup, None)
    found.keep(Known(None, ()))
    assert found.recall() is None
    light = replace(setup, judge=None, metrics=MetricSelection(names=("motion",)))
    known = Cards(light, None).recall()
    assert known is not None
    assert [metric.version for metric in known.metrics] == [
        metric.version for metric in light.examiner(None).metrics
    ]


def test_a_name_that_is_unknown_and_weights_that_are_not_given_are_told_at_once(
    setup: WorkerSetup, cache: EvaluationCache
) -> None:
    for names, complaint in (
        (("no_such_metric",), "expected module:name or one of"),
        (("clip_prompt_alignment",), "needs weights: give clip="),
    ):
        wrong = replace(setup, metrics=MetricSelection(names=names))
        with pytest.raises(UserError, match=complaint):
            Cards(wrong, cache)


def test_a_metric_on_captions_needs_one_sample_that_has_them(
    setup: WorkerSetup, make_samples: Callable[..., tuple[Sample, ...]]
) -> None:
    assert setup.metrics is not None
    metrics = replace(setup.metrics, names=("clip_directional_agreement",))
    one, other = make_samples(2)
    half = one.model_copy(update={"caption_before": "a table"})
    whole = half.model_copy(update={"caption_after": "a table with a cup"})
    for samples in ((), (whole, other)):
        Cards(replace(setup, metrics=metrics, edition=replace(EMPTY, samples=samples)), None)
    without = replace(EMPTY, samples=(half, other))
    with pytest.raises(
        UserError,
        match="clip_directional_agreement: the edition gives no caption_before and caption_after; ",
    ):
        Cards(replace(setup, metrics=metrics, edition=without), None)


@pytest.mark.parametrize(
    "place",
    [
        f"owner/name@{COMMIT}",
        f"owner/name@{COMMIT}:weights.pt",
        "https://example.org/weights.pt#sha256=0123abcd",
        f"ViT-B-32=owner/name@{COMMIT}:weights.pt",
    ],
)
def test_a_place_that_says_which_files_they_are_needs_no_look_at_them(place: str) -> None:
    assert cards._marks(place) == {}


@pytest.mark.parametrize(
    "place", ["owner/name@main", "owner/name", "no/such/folder", "https://example.org/weights.pt"]
)
def test_a_place_that_may_hold_other_files_tomorrow_says_nothing(place: str) -> None:
    assert cards._marks(place) is None


def test_a_file_after_an_architecture_and_before_a_checksum_is_marked(tmp_path: Path) -> None:
    file = tmp_path / "weights.pt"
    file.write_bytes(b"one")
    one = cards._marks(f"ViT-B-32={file}#sha256=0123abcd")
    file.write_bytes(b"two")
    two = cards._marks(f"ViT-B-32={file}#sha256=0123abcd")
    assert one
    assert two
    assert one.keys() == two.keys() == {str(file)}
    assert one != two
