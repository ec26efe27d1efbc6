"""Comparing runs: the numbers are those of the runs, and what can't be compared is refused."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from omiti2v.calibration import Calibration
from omiti2v.comparison import Comparison, Difference, compare_runs
from omiti2v.comparison.pairs import adjust_pairs, pair_runs
from omiti2v.comparison.verdict import FamilyResult
from omiti2v.comparison.words import verdicts_in_words
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.estimation.run_estimates import kept_calibration
from omiti2v.responses import Answer
from omiti2v.runs import Run
from omiti2v.samples import Question, Sample

Make = Callable[..., Run]
IDS = [f"s{number:03}" for number in range(12)]


def all_right(sample: Sample, question: Question) -> Answer:
    return question.expected_answer


def all_ignored(sample: Sample, question: Question) -> Answer:
    """What a frozen copy of the reference image gets."""
    assert question.reference_answer is not None
    return question.reference_answer


def right_on(*ids: str) -> Callable[[Sample, Question], Answer]:
    """Right on these samples, as the still image on the others."""

    def rule(sample: Sample, question: Question) -> Answer:
        return (all_right if sample.id in ids else all_ignored)(sample, question)

    return rule


def by_chance(seed: int, share: float) -> Callable[[Sample, Question], Answer]:
    rng = np.random.default_rng(seed)

    def rule(sample: Sample, question: Question) -> Answer:
        return "yes" if rng.random() < share else "no"

    return rule


def every_difference(result: Comparison) -> list[Difference]:
    rows = [*result.scores.values(), *(result.outcomes or {}).values(), *result.coverage.values()]
    rows += [
        row for kind in result.breakdowns.values() for g in kind.values() for row in g.values()
    ]
    rows += result.metrics.values()
    return [row for row in rows if row]


def test_a_run_compared_with_itself_differs_in_nothing(edition: Edition, make_run: Make) -> None:
    speeds = {name: float(number) for number, name in enumerate(IDS)}
    run = make_run(edition, "a", by_chance(1, 0.5), speeds=speeds)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = compare_runs(run, run, resamples=500)
    rows = every_difference(result)
    assert len(rows) > 25
    for row in rows:
        assert (row.difference, row.p_value, row.differing) == (0, 1, 0)
        # That none of these samples differs does not say that none would.
        assert row.low is None or (row.low == -(row.high or 0) < 0)
        assert row.a == row.b
        assert row.minimum_detectable is None
    assert result.flips == ()
    assert result.success is not None
    assert result.success.p_value == 1
    assert "12 of 12 samples have the same video file in both runs" in result.notes


def test_the_values_are_those_of_each_runs_scores(edition: Edition, make_run: Make) -> None:
    a = make_run(edition, "a", by_chance(1, 0.5), without=IDS[:2])
    b = make_run(edition, "b", by_chance(2, 0.7), without=IDS[1:4])
    result = compare_runs(a, b, missing="zero", resamples=500)
    for side, run in (("a", a), ("b", b)):
        own = run.compute_scores(missing="zero", resamples=100, seed=0)
        assert own.outcomes is not None
        assert result.outcomes is not None
        for name, row in result.scores.items():
            estimate = own.scores[name]
            assert row is not None
            assert estimate is not None
            assert getattr(row, side) == pytest.approx(estimate.value)
            assert row.n == estimate.n
        for name, share in own.outcomes.items():
            assert getattr(result.outcomes[name], side) == pytest.approx(share.value)  # type: ignore[index]
        for kind in ("category", "dimension"):
            for group, scores in own.breakdowns[kind].items():
                for name, estimate in scores.items():
                    row = result.breakdowns[kind][group][name]
                    assert getattr(row, side) == pytest.approx(estimate.value)
        for name in ("answered", "unknown", "error", "missing"):
            assert getattr(result.coverage[name], side) == pytest.approx(own.coverage[name].value)
    for row in every_difference(result):
        assert row.difference == pytest.approx(row.b - row.a)


def test_swapping_the_runs_turns_the_differences(edition: Edition, make_run: Make) -> None:
    a = make_run(edition, "a", by_chance(1, 0.5))
    b = make_run(edition, "b", by_chance(2, 0.7))
    there, back = (compare_runs(*pair, resamples=500) for pair in ((a, b), (b, a)))
    for one, other in zip(every_difference(there), every_difference(back), strict=True):
        assert other.difference == pytest.approx(-one.difference)
        assert (other.low, other.high) == pytest.approx((-one.high, -one.low), abs=1e-9)
        assert other.p_value == one.p_value
        assert other.minimum_detectable == pytest.approx(one.minimum_detectable)


def test_lift_and_semantic_average_follow_their_definitions(
    edition: Edition, make_run: Make
) -> None:
    a = make_run(edition, "a", all_ignored)
    b = make_run(edition, "b", all_right)
    result = compare_runs(a, b, resamples=500)
    lift, average = result.scores["lift"], result.scores["semantic_average"]
    assert lift is not None
    assert average is not None
    assert (lift.a, lift.b) == (0, 1)
    assert (average.a, average.b) == (0.5, 1)


def test_flips_and_mcnemars_table_are_those_of_the_samples(
    edition: Edition, make_run: Make
) -> None:
    a = make_run(edition, "a", right_on("s000", "s001", "s002"))
    b = make_run(edition, "b", right_on("s002", *IDS[5:]))
    result = compare_runs(a, b, resamples=5000)
    assert result.success is not None
    assert result.outcomes is not None
    table = result.success
    assert (table.both, table.only_a, table.only_b, table.neither) == (1, 2, 7, 2)
    assert [(flip.direction, flip.sample_id) for flip in result.flips] == [
        *(("gained", name) for name in IDS[5:]),
        ("lost", "s000"),
        ("lost", "s001"),
    ]
    first = result.flips[0]
    assert (first.outcome_a, first.outcome_b) == ("negligent", "success")
    assert first.prompt == edition.by_id["s005"].prompt
    # With nine samples that differ every assignment of signs is tried.
    success = result.outcomes["success"]
    assert success.p_exact
    assert success.p_value == pytest.approx(table.p_value)
    assert success.p_value == pytest.approx(2 * (1 + 9 + 36) / 2**9)
    assert success.differing == 9


def test_the_family_is_the_headline_of_the_pair_and_decides_alone(
    edition: Edition, make_run: Make
) -> None:
    a = make_run(edition, "a", all_ignored)
    b = make_run(edition, "b", right_on(*IDS[:8]))
    result = compare_runs(a, b, resamples=5000)
    assert result.family == ("success", "accuracy", "semantic_average", "negligence")
    assert (result.pairs, result.pairs_of) == (1, "given")
    for row in result.headline.values():
        # The scores differ on the same samples alike: one flip turns them all together.
        assert row.p_value == row.p_adjusted == 2 / 2**8
    verdicts = {name: row.verdict for name, row in result.headline.items()}
    assert verdicts == dict.fromkeys(result.family, "higher") | {"negligence": "lower"}
    others = [row for row in every_difference(result) if row not in result.headline.values()]
    assert all(row.verdict is None and row.p_adjusted is None for row in others)


def test_a_larger_family_is_taken_as_it_is_given(edition: Edition, make_run: Make) -> None:
    a = make_run(edition, "a", all_ignored)
    b = make_run(edition, "b", right_on(*IDS[:8]))
    family = FamilyResult({"success": 0.2, "accuracy": 0.05}, pairs=66, of="board")
    result = compare_runs(a, b, family=family, resamples=500)
    assert (result.family, result.pairs) == (("success", "accuracy"), 66)
    verdicts = {name: row.verdict for name, row in result.headline.items()}
    assert verdicts == {
        "success": "not told apart",
        "accuracy": "higher",
        "semantic_average": None,
        "negligence": None,
    }
    assert verdicts_in_words(result) == {
        "success": "not told apart: alone it would be (p = 0.0078), among 132 tests it is not "
        "(p = 0.200)",
        "accuracy": "B is 33.3 points higher than A",
    }


def test_pairs_that_are_looked_at_together_are_one_family(edition: Edition, make_run: Make) -> None:
    base = make_run(edition, "base", all_ignored)
    others = [make_run(edition, f"o{n}", right_on(*IDS[: n + 4])) for n in range(5)]
    pairs = [pair_runs(base, other) for other in others]
    together = adjust_pairs(pairs, resamples=5000, seed=0)
    for pair, found in zip(pairs, together, strict=True):
        (alone,) = adjust_pairs([pair], resamples=5000, seed=0)
        assert (found.pairs, alone.pairs) == (5, 1)
        assert all(found.p_values[name] >= p for name, p in alone.p_values.items())


def test_differences_that_are_rounding_alone_are_none(edition: Edition, make_run: Make) -> None:
    speeds = {name: 1.0 + number for number, name in enumerate(IDS)}
    nudged = {name: value * (1 + 1e-13) for name, value in speeds.items()}
    a, b = make_run(edition, "a", speeds=speeds), make_run(edition, "b", speeds=nudged)
    row = compare_runs(a, b, resamples=5000).metrics["speed"]
    assert row is not None
    assert (row.difference, row.p_value, row.differing) == (0, 1, 0)


def test_zero_counts_a_missing_video_and_drop_leaves_its_sample_out_of_both(
    edition: Edition, make_run: Make
) -> None:
    speeds = dict.fromkeys(IDS[3:], 1.0)
    a = make_run(edition, "a", all_right, without=["s000"], speeds=speeds)
    b = make_run(edition, "b", all_right, without=["s001", "s002"], speeds=speeds)
    zero = compare_runs(a, b, missing="zero", resamples=500)
    accuracy = zero.scores["accuracy"]
    assert accuracy is not None
    assert (accuracy.a, accuracy.b, accuracy.n) == (pytest.approx(11 / 12), 10 / 12, 12)
    assert any("1 in A, 2 in B; each counts 0" in note for note in zero.notes)
    dropped = compare_runs(a, b, missing="drop", resamples=500)
    accuracy = dropped.scores["accuracy"]
    assert accuracy is not None
    assert (accuracy.a, accuracy.b, accuracy.n) == (1, 1, 9)
    assert (dropped.samples, dropped.covered) == (9, 12)
    assert any("3 samples have no video in A or in B" in note for note in dropped.notes)


def test_without_a_rule_the_runs_own_is_taken_where_they_agree(
    edition: Edition, make_run: Make
) -> None:
    zero = make_run(edition, "zero", all_right)
    drop = make_run(edition, "drop", all_right, missing="drop")
    other = make_run(edition, "other", all_right, missing="drop")
    assert compare_runs(drop, other, resamples=100).missing == "drop"
    with pytest.raises(UserError, match=r"missing: drop, but .* has zero; give --missing"):
        compare_runs(zero, drop)


def test_a_metric_is_compared_on_the_videos_measured_in_both(
    edition: Edition, make_run: Make
) -> None:
    a = make_run(edition, "a", speeds={"s000": 1.0, "s001": 2.0, "s002": 9.0, "s003": None})
    b = make_run(edition, "b", speeds={"s000": 2.0, "s001": 4.0, "s003": 7.0})
    result = compare_runs(a, b, resamples=500)
    row = result.metrics["speed"]
    assert row is not None
    assert (row.a, row.b, row.difference, row.n) == (1.5, 3.0, 1.5, 2)
    assert result.scores["accuracy"] is None
    assert result.outcomes is None
    assert result.family == ()
    assert "no judge in either run: metrics only" in result.notes


def test_a_metric_that_nothing_shares_is_not_available(edition: Edition, make_run: Make) -> None:
    a = make_run(edition, "a", speeds={"s000": 1.0})
    b = make_run(edition, "b", speeds={"s001": 1.0})
    assert compare_runs(a, b, resamples=100).metrics == {"speed": None}


def test_metrics_of_two_versions_are_not_compared(edition: Edition, make_run: Make) -> None:
    a = make_run(edition, "a", speeds={"s000": 1.0})
    b = make_run(edition, "b", speeds={"s000": 1.0}, metric_version="2")
    result = compare_runs(a, b, resamples=100)
    assert result.metrics == {}
    assert "speed: version 1 in A, 2 in B, not compared" in result.notes


def test_a_run_without_a_judge_is_compared_by_its_metrics(edition: Edition, make_run: Make) -> None:
    a = make_run(edition, "a", all_right, speeds={"s000": 1.0, "s001": 2.0})
    b = make_run(edition, "b", speeds={"s000": 1.0, "s001": 3.0})
    result = compare_runs(a, b, resamples=100)
    assert result.scores["accuracy"] is None
    assert result.metrics["speed"] is not None
    assert "no judge in B: metrics only" in result.notes


def test_different_judges_are_refused_unless_told(edition: Edition, make_run: Make) -> None:
    a = make_run(edition, "a", all_right, judge="strict")
    b = make_run(edition, "b", all_right, judge="lenient")
    with pytest.raises(UserError, match=r"judged by lenient .* give --allow-different-judge"):
        compare_runs(a, b)
    result = compare_runs(a, b, allow_different_judge=True, resamples=100)
    assert any("may be the judges', not the videos'" in note for note in result.notes)


def test_different_editions_are_refused_whatever_is_told(
    make_edition: Callable[..., Edition], edition: Edition, make_run: Make, tmp_path: Path
) -> None:
    a = make_run(edition, "a", all_right)
    b = make_run(make_edition(tmp_path / "other", count=11), "b", all_right)
    with pytest.raises(UserError, match="different editions are never compared"):
        compare_runs(a, b, allow_different_judge=True, common=True)


def test_other_samples_are_refused_unless_the_common_ones_are_asked_for(
    edition: Edition, make_run: Make
) -> None:
    a = make_run(edition, "a", all_right)
    b = make_run(edition, "b", all_ignored, sample_ids=("s003", "s004", "s005"))
    with pytest.raises(UserError, match=r"covers 3 samples, 0 of them not in .* give --common"):
        compare_runs(a, b)
    result = compare_runs(a, b, common=True, resamples=100)
    assert (result.samples, result.a.videos) == (3, 3)
    assert any("3 of the edition's 12 samples" in note for note in result.notes)
    c = make_run(edition, "c", all_ignored, sample_ids=("s009",))
    with pytest.raises(UserError, match="no sample in common"):
        compare_runs(b, c, common=True)


def test_nothing_left_to_compare_is_said(edition: Edition, make_run: Make) -> None:
    a = make_run(edition, "a", all_right, without=IDS[:6])
    b = make_run(edition, "b", all_right, without=IDS[6:])
    with pytest.raises(UserError, match="nothing to compare"):
        compare_runs(a, b, missing="drop")


def test_a_single_sample_and_one_category_are_compared_as_far_as_it_goes(
    edition: Edition, make_run: Make
) -> None:
    a = make_run(edition, "a", all_right, sample_ids=("s001",))
    b = make_run(edition, "b", all_ignored, sample_ids=("s001",))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = compare_runs(a, b, resamples=100)
    accuracy = result.scores["accuracy"]
    assert accuracy is not None
    assert (accuracy.difference, accuracy.low, accuracy.p_value) == (-0.5, None, 1)
    assert result.scores["semantic_average"] is None
    assert result.family == ("success", "accuracy", "negligence")


def test_an_edition_without_reference_answers_has_no_outcomes(
    make_edition: Callable[..., Edition],
    make_samples: Callable[..., tuple[Sample, ...]],
    make_run: Make,
    tmp_path: Path,
) -> None:
    samples = [
        sample.model_copy(
            update={
                "questions": tuple(
                    q.model_copy(update={"reference_answer": None}) for q in sample.questions
                )
            }
        )
        for sample in make_samples(6)
    ]
    edition = make_edition(tmp_path / "unknown", samples=samples)
    a, b = (make_run(edition, name, by_chance(i, 0.5)) for i, name in enumerate("ab"))
    result = compare_runs(a, b, resamples=100)
    assert result.outcomes is None
    assert result.success is None
    assert result.scores["edit_accuracy"] is None
    assert result.scores["lift"] is None
    assert result.family == ("accuracy", "semantic_average")


def test_a_calibration_is_of_the_judge_of_both(edition: Edition, make_run: Make) -> None:
    a = make_run(edition, "a", all_right, judge="strict")
    b = make_run(edition, "b", all_right, judge="lenient")
    unjudged = make_run(edition, "unjudged")
    lenient = Calibration.model_construct(judge=b.info.judge)
    with pytest.raises(UserError, match=r"of judge lenient .*/a has judge strict"):
        compare_runs(a, b, allow_different_judge=True, calibration=lenient, resamples=100)
    with pytest.raises(UserError, match="unjudged has no judge"):
        compare_runs(unjudged, unjudged, calibration=lenient, resamples=100)
    b.paths.calibration.write_text("{}")
    assert kept_calibration(b, unjudged) is None


def test_the_same_seed_gives_the_same_comparison(edition: Edition, make_run: Make) -> None:
    a = make_run(edition, "a", by_chance(1, 0.5))
    b = make_run(edition, "b", by_chance(2, 0.6))
    one, again, other = (compare_runs(a, b, resamples=300, seed=seed) for seed in (1, 1, 2))
    assert one == again
    assert one != other
    assert Comparison.model_validate_json(one.model_dump_json()) == one


def test_a_comparison_of_the_size_of_the_benchmark_takes_less_than_two_seconds(
    make_edition: Callable[..., Edition], make_run: Make, tmp_path: Path
) -> None:
    edition = make_edition(tmp_path / "large", count=367)
    a, b = (make_run(edition, name, by_chance(i, 0.5 + i / 10)) for i, name in enumerate("ab"))
    start = time.process_time()
    result = compare_runs(a, b, resamples=10_000)
    assert time.process_time() - start < 2
    assert result.samples == 367
