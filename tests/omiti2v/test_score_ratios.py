"""The ratios behind the scores: which groups they come in."""

from __future__ import annotations

from omiti2v.samples import Question, Sample
from omiti2v.score_ratios import MAX_GROUPS, accuracy_ratios


def test_no_kind_has_more_groups_than_a_reader_or_the_memory_can_take() -> None:
    samples = tuple(
        Sample(
            id=f"s{number:03}",
            image="a.png",
            prompt="Something changes",
            category="addition",
            domain=f"domain {number:03}",
            questions=(
                Question(
                    id="q1",
                    question="Is it so?",
                    dimension=f"dimension {number:03}",
                    expected_answer="yes",
                    reference_answer="no",
                ),
            ),
        )
        for number in range(MAX_GROUPS + 5)
    )
    ratios = accuracy_ratios(samples, {sample.id: {"q1": "yes"} for sample in samples})
    for kind in ("domain", "dimension"):
        groups = [key[1] for key in ratios if key[0] == kind]
        assert groups == [f"{kind} {number:03}" for number in range(MAX_GROUPS)]
    assert ratios["accuracy",].value == 1, "all samples count, in a group or not"
