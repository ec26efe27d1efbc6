"""The order in which people answer: known chances, whatever part of it they come through."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from omiti2v.errors import UserError
from omiti2v.estimation.choice import (
    Choice,
    chances_of,
    draw_choice,
    draw_order,
    keep_choice,
    kept_choice,
    order_chances,
    uncertainty_weights,
)
from omiti2v.samples import Question, Sample


def samples_of(count: int) -> list[Sample]:
    return [
        Sample(
            id=f"s{number}",
            image="none",
            prompt="none",
            category="addition",
            questions=(
                Question(
                    id="q1",
                    question="Is it?",
                    dimension="x",
                    expected_answer="yes",
                    reference_answer="no",
                ),
            ),
        )
        for number in range(count)
    ]


def test_chances_are_those_of_the_drawn_order() -> None:
    rng = np.random.default_rng(0)
    weights = rng.uniform(2 / 3, 4 / 3, 30)
    chances = order_chances(weights, 8)
    assert chances.sum() == pytest.approx(8)
    drawn = np.zeros(30)
    for _ in range(20_000):
        drawn[draw_order(weights, rng)[:8]] += 1
    assert np.abs(drawn / 20_000 - chances).max() < 0.015


def test_all_that_there_is_is_drawn_for_sure() -> None:
    assert order_chances(np.ones(4), 4).tolist() == [1, 1, 1, 1]


def test_no_sample_is_certain_to_come_or_to_stay_away() -> None:
    weights = uncertainty_weights(np.array([0, 0.5, 1, 0.5]), np.array([0, 0.1, 0, 0.5]))
    assert weights.min() == pytest.approx(2 / 3)
    assert weights.max() < 2
    assert uncertainty_weights(np.zeros(3), np.zeros(3)).tolist() == [1, 1, 1]


def test_uncertain_samples_tend_to_come_early() -> None:
    samples = samples_of(200)
    chances = {s.id: {"q1": 0.5 if i % 2 else 0.999} for i, s in enumerate(samples)}
    shown = {s.id for s in samples}
    choices = [draw_choice(samples, chances, shown=shown, before=(), seed=n) for n in range(40)]
    early = [int(name[1:]) % 2 for choice in choices for name in choice.first(60)]
    assert 0.52 < sum(early) / len(early) < 0.6
    assert sorted(choices[0].order) == sorted(s.id for s in samples)


def test_a_choice_is_the_same_for_a_seed_and_leaves_out_what_is_answered_or_not_shown() -> None:
    samples = samples_of(10)
    shown = {f"s{number}" for number in range(8)}
    one, other = (draw_choice(samples, None, shown=shown, before={"s3"}, seed=7) for _ in range(2))
    assert one == other
    assert one.before == ("s3",)
    assert set(one.order) == shown - {"s3"}
    assert set(one.order.values()) == {1.0}


def test_people_may_leave_out_one_in_ten_and_what_is_beyond_does_not_count() -> None:
    choice = Choice(seed=0, before=(), order={f"s{number}": 1.0 for number in range(40)})
    first = {f"s{number}" for number in range(20)}
    assert choice.reached(first) == 20
    assert choice.reached(first - {"s4"}) == 20
    assert choice.reached(first - {"s0", "s1", "s2", "s3"}) == 0
    assert choice.reached(first | {"s39"}) == 20


def test_answers_count_by_their_chances_and_the_known_for_sure() -> None:
    samples = samples_of(10)
    choice = Choice(seed=0, before=("s9",), order={f"s{number}": 1.0 for number in range(8)})
    chance, counted = chances_of(
        samples, {"s0", "s1", "s7", "s9"}, with_video={s.id for s in samples[1:]}, choice=choice
    )
    assert counted == {"s0", "s1", "s9"}
    assert chance[0] == 1  # has no video, and so nothing that people could say
    assert chance[1] == pytest.approx(2 / 8)
    assert chance[9] == 1
    assert 0 < chance[8] < 1


def test_what_was_left_out_of_a_whole_order_is_not_known() -> None:
    samples = samples_of(20)
    names = [sample.id for sample in samples]
    choice = Choice(seed=0, before=(), order=dict.fromkeys(names, 1.0))
    chance, counted = chances_of(
        samples, {*names} - {"s3", "s12"}, with_video={*names}, choice=choice
    )
    assert counted == {*names} - {"s3", "s12"}
    assert chance == pytest.approx(18 / 20)


def test_answers_before_a_choice_stand_for_all_until_enough_of_it_are_given() -> None:
    samples = samples_of(20)
    names = [sample.id for sample in samples]
    choice = Choice(seed=0, before=tuple(names[:10]), order=dict.fromkeys(names[10:], 1.0))
    chance, counted = chances_of(samples, {*names[:13]}, with_video={*names}, choice=choice)
    assert counted == {*names[:10]}
    assert chance == pytest.approx(10 / 20)
    chance, counted = chances_of(samples, {*names[:15]}, with_video={*names}, choice=choice)
    assert counted == {*names[:15]}
    assert chance == pytest.approx([1.0] * 10 + [5 / 10] * 10)


def test_without_a_choice_answered_samples_are_taken_as_drawn_at_random() -> None:
    samples = samples_of(8)
    chance, counted = chances_of(
        samples, {"s0", "s5"}, with_video={s.id for s in samples[:4]} | {"s5"}, choice=None
    )
    assert counted == {"s0", "s5"}
    assert chance[0] == pytest.approx(2 / 5)


def test_a_choice_is_kept_and_read_back_and_never_through_a_link(tmp_path: Path) -> None:
    folder = tmp_path / "reviews"
    choice = draw_choice(
        samples_of(5), None, shown={"s0", "s1", "s2", "s3", "s4"}, before=(), seed=0
    )
    assert kept_choice(folder) is None
    keep_choice(folder, choice)
    kept = kept_choice(folder)
    assert kept == choice
    assert kept
    assert list(kept.order) == list(choice.order)
    (tmp_path / "link").symlink_to(folder)
    with pytest.raises(UserError, match="link"):
        keep_choice(tmp_path / "link", choice)
    (folder / "choice.json").write_text('{"seed": 0, "before": [], "order": {"s0": -1}}')
    with pytest.raises(UserError, match=r"order\.s0"):
        kept_choice(folder)
