"""Questions on trial."""

from __future__ import annotations

import copy
from collections.abc import Callable

from contrast_recipes import EVENT, LEAVES

from evaluators.contrast.contrast_set import ContrastSet
from lab.contrast.metric_trial import MeasuredClip, metric_table
from lab.contrast.trials import count_rows, facet_rows, question_trials

MakeSet = Callable[..., ContrastSet]


def test_a_question_catches_the_clips_whose_true_answer_is_not_the_expected(
    make_set: MakeSet,
) -> None:
    trials = {
        t.question.id: t for t in question_trials(make_set()) if t.sample.id == "addition-001"
    }
    assert trials["q1"].catches == ("pops_up", "camera_only", "still")
    assert trials["q2"].catches == ("camera_only", "still")
    assert trials["q3"].catches == trials["q3"].tried == ()
    assert not any(trial.separates_nothing for trial in trials.values())


def test_a_question_whose_facet_is_broken_without_its_notice_separates_nothing(
    make_set: MakeSet,
) -> None:
    recipe = copy.deepcopy(LEAVES)
    recipe["clips"]["pops_up"] |= {"breaks": ["f2", "f3"], "answers": {**EVENT, "q1": "no: so"}}
    idle = [t.question.id for t in question_trials(make_set(recipe)) if t.separates_nothing]
    assert idle == ["q3"] * 3


def test_counts_are_by_kind_and_category(make_set: MakeSet) -> None:
    rows = {row[0]: row[1:] for row in count_rows(make_set())}
    assert rows["pops up"] == ["1", "1", "1", "0", "3", "0"]
    assert rows["right"][-1] == "3" and rows["cut"][-2] == "0"


def test_facets_that_catch(make_set: MakeSet) -> None:
    head, *rows = facet_rows(make_set())
    table = {row[0]: dict(zip(head[1:], row[1:], strict=True)) for row in rows}
    assert table["pops up"] == {"identity": "0%", "manner": "100%", "stays": "0%"}


def test_the_table_of_metrics_is_by_kind() -> None:
    values = {
        "first_frame_agreement": 1.0,
        "dynamic_degree_dis": 0.0,
        "motion_magnitude_dis": 0.5,
        "frozen_frame_share": 0.25,
    }
    rows = [
        MeasuredClip(clip=f"s/{kind}", frames_sha256="0", values=values, findings=findings)
        for kind, findings in (("right", ()), ("cut", ("cut",)), ("cut", ()))
    ]
    lines = metric_table(rows).splitlines()
    assert lines[2] == "| right | 1 | 1.00 | 0.00 | 0.50 | 0.25 | 0% | 0% | 0% | 0% |"
    assert lines[3].endswith("| 50% | 0% | 0% | 0% |")
