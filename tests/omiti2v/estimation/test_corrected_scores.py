"""A run corrected by a calibration: which rates, which scenes, and when not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from run_rows import calibration_of

from omiti2v.calibration import Calibration, SceneCounts
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.estimation.corrected_scores import corrected_scores
from omiti2v.estimation.differences import corrected_differences
from omiti2v.estimation.summary_rows import corrected_rows, estimate_tables
from omiti2v.findings import VideoReport
from omiti2v.responses import Response
from omiti2v.runs import EditionStamp, JudgeStamp, Run, RunInfo, RunPaths
from omiti2v.samples import CATEGORIES, Sample
from omiti2v.submissions import SubmissionInfo

JUDGE = JudgeStamp(name="a judge", fingerprint="1" * 64, identity={})
HIT, FALSE = 0.8, 0.1


def scenes_of(ground: str, *, count: int = 60, hit: float = HIT) -> tuple[SceneCounts, ...]:
    """Scenes on which a judge takes a share `hit` of what is right, and a tenth else, for right."""
    return tuple(
        SceneCounts(
            ground=ground,
            category=CATEGORIES[number % 3],
            questions={
                f"{role} {answer} {truth}": (10, round(10 * share))
                for role in ("edit", "preserve")
                for answer in ("yes", "no")
                for truth, share in (("right", hit), ("wrong", FALSE))
            },
            outcomes={
                "success success": 8,
                "success broken": 2,
                "negligent negligent": 9,
                "negligent broken": 1,
                "broken broken": 9,
                "broken success": 1,
            },
        )
        for number in range(count)
    )


def calibration(*scenes: SceneCounts) -> Calibration:
    return calibration_of(JUDGE).model_copy(update={"by_scene": scenes or None})


@pytest.fixture
def make_run(make_samples: Callable[..., tuple[Sample, ...]]) -> Callable[..., Run]:
    """Thirty samples; of the first `right`, everything is answered as expected."""

    def build(right: int, *, source: str | None = None) -> Run:
        samples = tuple(
            sample.model_copy(update={"source": source, "changes": "none" if source else None})
            for sample in make_samples(30)
        )
        edition = Edition("small", samples, {s.id: "0" * 64 for s in samples}, None)
        other = {"yes": "no", "no": "yes"}
        return Run(
            paths=RunPaths(Path("run")),
            info=RunInfo(
                submission=SubmissionInfo(name="a model"),
                edition=EditionStamp(name="small", fingerprint=edition.fingerprint, samples=30),
                judge=JUDGE,
                metrics={},
                resamples=100,
                seed=0,
                versions={},
            ),
            edition=edition,
            responses=tuple(
                Response.model_validate(
                    {
                        "sample_id": sample.id,
                        "question_id": question.id,
                        "question": question.question,
                        "answer": question.expected_answer
                        if number < right
                        else other[question.expected_answer],
                        "video_sha256": "2" * 64,
                        "judge": JUDGE.fingerprint,
                        "frames": "all",
                    }
                )
                for number, sample in enumerate(samples)
                for question in sample.questions
            ),
            measurements=(),
            videos=tuple(
                VideoReport(sample_id=s.id, file=f"{s.id}.mp4", sha256="2" * 64, frames=2)
                for s in samples
            ),
            findings=(),
        )

    return build


def test_scores_are_what_the_rates_make_of_them(make_run: Callable[..., Run]) -> None:
    found = corrected_scores(make_run(12), calibration(*scenes_of("photographs")))
    assert found.scores["accuracy"].judge == pytest.approx(0.4)
    assert found.scores["accuracy"].value == pytest.approx((0.4 - FALSE) / (HIT - FALSE))
    assert found.scores["accuracy"].rates_by == "category, role and answer"
    assert found.scores["semantic_average"].value == pytest.approx((0.4 - FALSE) / (HIT - FALSE))
    # Of 20 clips that are no success 1 is judged one.
    assert found.scores["success"].value == pytest.approx((0.4 - 0.05) / (0.8 - 0.05))
    low, high = found.scores["success"].low, found.scores["success"].high
    assert low < found.scores["success"].value < high


def test_rates_are_put_together_where_there_are_few_trials(make_run: Callable[..., Run]) -> None:
    found = corrected_scores(make_run(12), calibration(*scenes_of("drawn", count=12)))
    assert found.scores["accuracy"].rates_by == "role and answer"
    assert found.scores["success"].rates_by == "nothing"


def test_rates_put_together_weigh_the_categories_as_the_score_does(
    make_run: Callable[..., Run],
) -> None:
    # One scene of the first category for every two of the others, and the judge is worse there.
    scenes = [
        scene
        for number in range(5)
        for scene in (
            *scenes_of("drawn", count=1, hit=0.4),
            *scenes_of("drawn", count=3)[1:],
            *scenes_of("drawn", count=3)[1:],
        )
    ]
    run = make_run(12)
    found = corrected_scores(run, calibration(*scenes)).scores["semantic_average"]
    assert found.rates_by == "role and answer"
    hit = (0.4 + HIT + HIT) / 3
    assert found.value == pytest.approx((0.4 - FALSE) / (hit - FALSE))


def test_another_kind_of_video_is_labeled(make_run: Callable[..., Run]) -> None:
    both = calibration(*scenes_of("drawn"), *scenes_of("photographs", hit=0.6))
    real = corrected_scores(make_run(12), both)
    assert (real.ground, real.same_kind) == ("photographs", False)
    assert "ANOTHER KIND" in estimate_tables(None, real)[0].notes[0]
    rendered = corrected_scores(make_run(12, source="evaluators.world seed 1"), both)
    assert (rendered.ground, rendered.same_kind) == ("drawn", True)
    assert "as these videos are" in estimate_tables(None, rendered)[0].notes[0]


def test_the_contrast_set_corrects_alone_where_the_calibration_is_on_it(
    make_run: Callable[..., Run],
) -> None:
    all_three = calibration(
        *scenes_of("drawn", hit=0.5),
        *scenes_of("photographs", hit=0.6),
        *scenes_of("contrast", count=45),
    )
    for source in (None, "evaluators.world seed 1"):
        run = make_run(12, source=source)
        found = corrected_scores(run, all_three)
        assert (found.ground, found.scenes, found.same_kind) == ("contrast", 45, False)
        assert found.scores["accuracy"].value == pytest.approx((0.4 - FALSE) / (HIT - FALSE))
        differences = corrected_differences(
            run, make_run(15, source=source), run.samples, all_three
        )
        assert (differences.ground, differences.scenes) == ("contrast", 45)
        assert differences.scores["accuracy"].difference == pytest.approx(0.1 / (HIT - FALSE))
    note = estimate_tables(None, found)[0].notes[0]
    assert "on 45 samples with clips composited on photographs: ANOTHER KIND" in note


def test_a_correction_that_leaves_the_scale_is_cut_and_says_so(
    make_run: Callable[..., Run],
) -> None:
    found = corrected_scores(make_run(25), calibration(*scenes_of("drawn")))
    accuracy = found.scores["accuracy"]
    assert accuracy.value == accuracy.high == 1
    assert accuracy.beyond == pytest.approx((25 / 30 - FALSE) / (HIT - FALSE))
    assert any("before it was cut" in row["rates"] for row in corrected_rows(found))
    beyond = corrected_scores(make_run(30), calibration(*scenes_of("drawn")))
    assert "leaves 0 to 100 %" in beyond.refused["accuracy"]


def test_a_score_that_one_run_has_not_has_no_difference(make_run: Callable[..., Run]) -> None:
    known = calibration(*scenes_of("drawn"))
    a, b = make_run(30), make_run(20)
    assert "accuracy" in corrected_scores(a, known).refused
    assert "accuracy" in corrected_scores(b, known).scores
    found = corrected_differences(a, b, a.samples, known)
    assert "accuracy" not in found.scores
    said = estimate_tables(None, found)[0].notes
    assert any("Accuracy" in line and "leaves 0 to 100 %" in line for line in said)


def test_a_judge_that_guesses_has_no_corrected_accuracy(make_run: Callable[..., Run]) -> None:
    found = corrected_scores(make_run(12), calibration(*scenes_of("drawn", hit=0.2)))
    assert "too weak" in found.refused["accuracy"]
    assert "accuracy" not in found.scores


def test_a_difference_is_of_both_corrected(make_run: Callable[..., Run]) -> None:
    known = calibration(*scenes_of("drawn"))
    a, b = make_run(9), make_run(15)
    found = corrected_differences(a, b, a.samples, known)
    assert list(found.scores) == list(corrected_scores(a, known).scores)
    row = found.scores["accuracy"]
    assert row.difference == pytest.approx(0.2 / (HIT - FALSE))
    assert row.low < row.difference < row.high
    foreign = known.model_copy(update={"judge": JUDGE.model_copy(update={"fingerprint": "3" * 64})})
    with pytest.raises(UserError, match="give that of its judge"):
        corrected_differences(a, b, a.samples, foreign)


def test_a_calibration_of_before_or_of_another_judge_corrects_nothing(
    make_run: Callable[..., Run],
) -> None:
    run = make_run(12)
    old = Calibration.model_validate_json(calibration().model_dump_json())
    assert "by_scene" not in old.model_dump_json()
    with pytest.raises(UserError, match="run `omiti2v calibrate` again"):
        corrected_scores(run, old)
    other = JUDGE.model_copy(update={"fingerprint": "3" * 64})
    stranger = replace(run, info=run.info.model_copy(update={"judge": other}))
    with pytest.raises(UserError, match="give that of its judge"):
        corrected_scores(stranger, calibration(*scenes_of("drawn")))
