"""Which questions of a scene are asked."""

from __future__ import annotations

import numpy as np

from evaluators.world import BEHAVIOURS, Scene
from evaluators.world.questions import MIXES, SORTS, all_timelines, choose_asks, every_ask
from evaluators.world.timeline import frozen_timeline


def test_every_behaviour_has_a_timeline(scenes: list[Scene]) -> None:
    lines = all_timelines(scenes[0].stage)
    assert tuple(lines) == BEHAVIOURS
    assert lines == scenes[0].lines


def test_mixes_balance_yes_and_no_and_hold_every_sort() -> None:
    assert all(min(mix) >= 1 for mix in MIXES)
    expected_yes = sum(mix[0] + mix[2] for mix in MIXES)
    assert expected_yes * 2 == sum(map(sum, MIXES))
    assert len(set(SORTS)) == 4


def test_the_chosen_are_of_every_sort_and_tell_done_from_all_else(scenes: list[Scene]) -> None:
    for scene in scenes[:60]:
        rng = np.random.default_rng(scene.stage.index)
        asks = choose_asks(scene.stage, scene.lines, rng)
        assert 4 <= len(asks) <= 6
        done, frozen = scene.lines["done"], frozen_timeline(scene.stage)
        assert {(ask.predicate(done), ask.predicate(frozen)) for ask in asks} == set(SORTS)
        for behaviour in BEHAVIOURS[1:]:
            line = scene.lines[behaviour]
            assert any(ask.answer(line) != ask.answer(done) for ask in asks)


def test_what_stays_and_is_asked_about_is_lost_in_a_black_picture(scenes: list[Scene]) -> None:
    for scene in scenes[:60]:
        frozen = frozen_timeline(scene.stage)
        for ask in scene.asks:
            if ask.predicate(scene.lines["done"]) and ask.predicate(frozen):
                assert ask.answer(scene.lines["blank"]) == "no"


def test_the_same_draws_give_the_same_questions(scenes: list[Scene]) -> None:
    stage, lines = scenes[0].stage, scenes[0].lines
    texts = [
        [ask.text for ask in every_ask(stage, lines, np.random.default_rng(seed))]
        for seed in (1, 1, 2)
    ]
    assert texts[0] == texts[1] != texts[2]
    assert len(texts[0]) == len(set(texts[0]))
