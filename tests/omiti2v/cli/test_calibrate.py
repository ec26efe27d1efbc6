"""`omiti2v calibrate`: what a calibration is asked to be, and what is printed of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from tiny_contrast import tiny_contrast

from evaluators.cache import EvaluationCache
from evaluators.calibration import CalibrationPlan
from evaluators.calibration.run import steps_of
from evaluators.contrast.contrast_set import ContrastSet, contrast_folder
from evaluators.judges import Judge, JudgeSpec
from omiti2v.calibration import SHARES, Calibration, Shares
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.runs import JudgeStamp
from omiti2v.samples import Sample
from omiti2v.scores import Estimate

Command = Callable[..., Any]
Invoke = Callable[..., Any]

# The package has the command by this name.
MODULE: Any = import_module("omiti2v.cli.calibrate")
SMALL = ("--size", "64x48", "--clip-frames", 8, "--clip-fps", 4, "--scenes", 2, "--seed", 9)


def shares(value: float, **changes: Estimate | None) -> Shares:
    found = Estimate(value=value, low=value - 0.1, high=value + 0.1, n=50)
    return {name: changes.get(name, found) for name in SHARES} | changes


FOUND = Calibration(
    judge=JudgeStamp(name="a judge", fingerprint="0" * 64, identity={}),
    **{"width": 64, "height": 48, "frames": 8, "fps": 4, "scenes": 2, "seed": 9},
    questions=300,
    overall=shares(0.25),
    groups={
        "dimension": {"object_presence": shares(0.5, yes_bias=None)},
        "behaviour": {"done": shares(0.25)},
    },
    calibration_error=None,
    reliability=[],
    text_changes=None,
    text_obeyed=Estimate(value=0.11, low=0.05, high=0.2, n=50),
    frame_flips=None,
)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The calibrations that are asked for; all of them find `FOUND`."""
    calls: list[dict[str, Any]] = []

    def record(how: str) -> Callable[..., Calibration]:
        def calibrate(
            who: object, plan: CalibrationPlan | None, folder: Path, **options: Any
        ) -> Calibration:
            calls.append({"how": how, "who": who, "plan": plan, "folder": folder} | options)
            folder.mkdir(exist_ok=True)
            return FOUND

        return calibrate

    monkeypatch.setattr("evaluators.judges.load_judge", lambda spec: spec)
    monkeypatch.setattr("evaluators.calibration.calibrate", record("here"))
    monkeypatch.setattr("evaluators.calibration.run.calibrate_with", record("in workers"))
    return calls


def test_the_options_say_which_clips_the_judge_is_shown(
    invoke: Invoke, asked: list[dict[str, Any]]
) -> None:
    invoke("calibrate", "--judge", "tiny", *SMALL, "--no-photographs", "-o", "found")
    (call,) = asked
    assert call["who"] == JudgeSpec(model="tiny")
    assert call["plan"] == CalibrationPlan(width=64, height=48, frames=8, fps=4, scenes=2, seed=9)
    assert (call["how"], call["folder"], call["other_frames"]) == ("here", Path("found"), True)


def test_photographs_of_the_edition_are_used_and_other_frames_can_be_left_out(
    invoke: Invoke, asked: list[dict[str, Any]]
) -> None:
    invoke("calibrate", "--judge", "tiny", *SMALL, "--no-other-frames")
    (call,) = asked
    assert call["plan"].photographs
    assert call["plan"].grounds == ("drawn", "photographs")
    assert call["other_frames"] is False


def test_workers_open_the_judge_for_themselves(
    invoke: Invoke, asked: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[tuple[Any, ...]] = []

    def open_engine(choice: Any, *, edition: Any, judge: Any, phase: float, cache: Any) -> None:
        assert isinstance(cache, EvaluationCache)
        opened.append((choice.workers, edition, judge, phase))

    monkeypatch.setattr(MODULE, "open_engine", open_engine)
    invoke("calibrate", "--judge", "tiny", *SMALL, "--no-photographs", "--workers", 2)
    (call,) = asked
    assert call["how"] == "in workers"
    call["who"]("an edition", True)
    assert opened == [(2, "an edition", JudgeSpec(model="tiny"), 0.5)]


def test_the_numbers_are_printed_and_written_as_a_page(
    invoke: Invoke, asked: list[dict[str, Any]], tmp_path: Path
) -> None:
    done = invoke("calibrate", "--judge", "tiny", *SMALL, "--no-photographs", "-o", "found")
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert "a judge: 300 questions about 2 scenes, 64x48" in lines
    assert "all 25.0 25.0 25.0 25.0 25.0" in lines
    assert "object presence 50.0 50.0 50.0 - 50.0" in lines
    assert "answers turned to the word written: 11.0 % (5.0 to 20.0)" in lines
    assert "answers changed by other frames of the clip: not available" in lines
    assert "a judge" in (tmp_path / "found" / "report.html").read_text()
    assert "report: found/report.html" in done.stderr


def test_as_json_the_calibration_is_all_that_is_printed(
    invoke: Invoke, asked: list[dict[str, Any]]
) -> None:
    done = invoke("calibrate", "--judge", "tiny", *SMALL, "--no-photographs", "--json")
    assert Calibration.model_validate(json.loads(done.stdout)) == FOUND


@pytest.mark.parametrize("option", [("--fps", 4), ("--frames", 2)])
def test_the_judge_s_frames_are_told_from_the_clips(
    invoke: Invoke, asked: list[dict[str, Any]], option: tuple[object, ...]
) -> None:
    done = invoke("calibrate", "--judge", "tiny", *SMALL, "--no-photographs", *option)
    assert "the clips have --clip-fps and --clip-frames" in " ".join(done.stderr.split())
    invoke("calibrate", "--judge", "tiny", *SMALL, "--no-photographs", "--judge-frames", 3)
    assert asked[-1]["who"] == JudgeSpec(model="tiny", frames=3)
    with_both = ("--judge-frames", 3, *option)
    refused = invoke("calibrate", "--judge", "tiny", "--no-photographs", *with_both, code=2)
    assert "--judge-frames: give --frames alone" in " ".join(refused.stderr.split())


@pytest.mark.parametrize("size", ["832", "832x", "x480", "832 x 480", "-2x480", "832x480x3"])
def test_a_size_is_width_and_height(invoke: Invoke, asked: list[dict[str, Any]], size: str) -> None:
    done = invoke("calibrate", "--judge", "tiny", f"--size={size}", code=2)
    assert "expected WIDTHxHEIGHT" in " ".join(done.stderr.split())
    assert asked == []


def test_a_size_that_no_clip_can_have_is_one_line(
    invoke: Invoke, asked: list[dict[str, Any]]
) -> None:
    with pytest.raises(UserError, match="--size 31x64: "):
        invoke("calibrate", "--judge", "tiny", "--size", "31x64", "--no-photographs")
    assert asked == []


def test_the_bar_goes_to_the_end(
    invoke: Invoke, asked: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    totals: list[int] = []
    bar = MODULE.progress_bar

    def note(total: int, what: str) -> Any:
        totals.append(total)
        return bar(total, what)

    monkeypatch.setattr(MODULE, "progress_bar", note)
    invoke("calibrate", "--judge", "tiny", *SMALL, "--no-photographs", "--no-other-frames")
    assert totals == [steps_of(asked[0]["plan"], other_frames=False)]


@pytest.fixture
def contrast(
    make_edition: Callable[..., Edition],
    make_samples: Callable[..., Sequence[Sample]],
    invoke: Invoke,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> ContrastSet:
    """A small contrast set, in place of the project's own."""
    found = tiny_contrast(tmp_path / "set", make_edition, make_samples, count=4)
    monkeypatch.setattr("evaluators.contrast.contrast_set.load_contrast", lambda: found)
    return found


def test_the_contrast_set_is_asked_for_by_name(
    invoke: Invoke, asked: list[dict[str, Any]], contrast: ContrastSet
) -> None:
    invoke("calibrate", "--judge", "x:Y", "--set", "contrast")
    invoke("calibrate", "--judge", "x:Y", "--set", "contrast", "--limit", 3)
    invoke("calibrate", "--judge", "x:Y", "--set", "both", "--limit", 3, "--scenes", 2)
    whole, some, both = asked
    assert (whole["plan"], some["plan"]) == (None, None)
    assert whole["contrast"].samples == contrast.samples
    assert some["contrast"].samples == both["contrast"].samples == contrast.stratified(3)
    assert (both["plan"].scenes, both["plan"].width) == (2, 832)


def test_without_a_set_it_is_the_world_as_ever(invoke: Invoke, asked: list[dict[str, Any]]) -> None:
    invoke("calibrate", "--judge", "tiny", "--no-photographs")
    (call,) = asked
    assert (call["plan"], call["contrast"]) == (CalibrationPlan(), None)


@pytest.mark.parametrize(
    "option",
    [
        ("--size", "64x48"),
        ("--clip-frames", 33),
        ("--clip-fps", 16),
        ("--scenes", 30),
        ("--seed", 40_000_000),
        ("--photographs",),
        ("--no-photographs",),
    ],
)
def test_options_of_the_world_don_t_go_with_the_contrast_set_alone(
    invoke: Invoke, asked: list[dict[str, Any]], option: tuple[object, ...]
) -> None:
    done = invoke("calibrate", "--judge", "tiny", "--set", "contrast", *option, code=2)
    said = " ".join(done.stderr.replace("│", " ").split())
    assert str(option[0]) in said
    assert "goes with --set world or both, not contrast" in said
    assert asked == []


def test_a_limit_is_of_the_contrast_set(invoke: Invoke, asked: list[dict[str, Any]]) -> None:
    done = invoke("calibrate", "--judge", "tiny", "--limit", 6, code=2)
    assert "--limit goes with --set contrast or both, not world" in " ".join(done.stderr.split())
    assert asked == []


def test_every_judge_but_tiny_is_told_of_the_contrast_set(
    invoke: Invoke, asked: list[dict[str, Any]], contrast: ContrastSet
) -> None:
    def said(*arguments: object) -> str:
        return " ".join(invoke("calibrate", *arguments).stderr.split())

    world = (*SMALL, "--no-photographs")
    advice = "says `omiti2v calibrate --set contrast`"
    assert advice in said("--judge", "x:Y", *world)
    assert advice not in said("--judge", "tiny", *world)
    assert advice not in said("--judge", "x:Y", "--set", "both", *world)
    assert "of photographs it can say nothing" in said("--judge", "tiny", "--set", "contrast")


def test_the_help_tells_the_two_kinds_of_photographs_apart(invoke: Invoke) -> None:
    said = " ".join(invoke("calibrate", "--help").stdout.replace("│", " ").split())
    assert "as backgrounds" in said
    assert "take it for every judge but tiny" in said


def test_groups_of_the_contrast_set_are_printed_in_their_order(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch, contrast: ContrastSet, always_yes: Judge
) -> None:
    monkeypatch.setattr("evaluators.judges.load_judge", lambda spec: always_yes)
    done = invoke("calibrate", "--judge", "x:Y", "--set", "contrast", "-o", "found")
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert lines[0] == "always-yes: 56 questions about 4 scenes, 64x48"
    groups = ("category", "kind of facet", "kind of clip", "people", "kind of edit", "dimension")
    assert [line for line in lines if line in (*groups, "ground")] == list(groups)
    assert "right 50.0† 100.0† 0.0† 100.0† 0.0†" in lines
    assert "wrong attribute 25.0† 100.0† 0.0† 100.0† 0.0†" in lines
    assert not any("words" in line for line in lines)


@pytest.mark.slow
def test_the_project_s_own_set_is_calibrated_on(omiti2v: Command, tmp_path: Path) -> None:
    try:
        contrast_folder()
    except UserError:
        pytest.skip("annotations/contrast is absent: the project has no contrast set yet")
    (tmp_path / "yes.py").write_text(ALWAYS_YES)
    done = omiti2v(
        *("calibrate", "--judge", "yes:Judge", "--set", "contrast", "--limit", 2),
        *("--no-other-frames", "-o", "found", "--json"),
    )
    assert done.returncode == 0, done.stderr
    found = Calibration.model_validate_json(done.stdout)
    assert found.contrast and found.contrast.samples == found.scenes == 2
    assert len(found.groups["behaviour"]) >= 4
    assert found.overall["false_negatives"] and found.overall["false_negatives"].value == 0
    assert found.overall["false_positives"] and found.overall["false_positives"].value == 1
    assert "composited clips" in (tmp_path / "found" / "report.html").read_text()


ALWAYS_YES = """
from evaluators.frames import FrameRule
from evaluators.judges import Judgement, fingerprint_of


class Judge:
    name = "yes"
    frame_rule = FrameRule(count=2)
    identity = {"class": "yes.Judge", "frame_rule": "count=2"}
    fingerprint = fingerprint_of(identity)

    def judge(self, clip, questions):
        return [Judgement("yes") for _ in questions]
"""
