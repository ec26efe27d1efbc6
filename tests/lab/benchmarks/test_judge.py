"""What the fast protocol saves, on the model that explains itself and on a larger random one."""

from __future__ import annotations

from pathlib import Path
from statistics import median

import pytest
import torch

LOOPS, QUESTIONS = 12, 4


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def test_of_a_long_video_and_four_questions_fast_prefills_less_than_a_third() -> None:
    from lab.benchmarks.judge import (
        explaining_judges,
        looped_cases,
        measure,
        token_ratios,
        video_per_question,
    )

    fast, paper = explaining_judges(LOOPS)
    (case,) = looped_cases(1, questions=QUESTIONS, loops=LOOPS)
    pair = tuple(measure(judge, case, lambda: 0.0) for judge in (fast, paper))
    quick, long = pair
    assert quick.usage.video_prefill * QUESTIONS == long.usage.video_prefill
    assert quick.usage.question_prefill == long.usage.question_prefill
    assert video_per_question([pair]) >= 20
    assert token_ratios([pair])[0] <= 0.30
    # Seen at the model itself: the fast batch has some padding; the last token that is written is
    # not read again.
    prepared = fast.prepare(case.clip, case.questions)
    longest = max(map(len, prepared.suffixes.values()))
    assert quick.passes.tokens == prepared.tokens + QUESTIONS * longest
    assert long.passes.tokens == long.prefilled + long.usage.decoded - QUESTIONS
    assert [j.answer for j in quick.judgements] == [j.answer for j in long.judgements]


def test_ratios_are_taken_clip_by_clip() -> None:
    from evaluators.judges import Usage
    from lab.benchmarks.judge import (
        Measured,
        PassTimes,
        followed,
        prefill_ratios,
        speedups,
        token_ratios,
        with_range,
    )

    def measured(tokens: int, prefill: float, whole: float) -> Measured:
        return Measured([], Usage(video_prefill=tokens), PassTimes(prefill), whole)

    pairs = [
        (measured(30, 2.0, 1.0), measured(100, 4.0, 5.0)),
        (measured(30, 1.0, 1.0), measured(100, 4.0, 3.0)),
        (measured(30, 1.2, 1.0), measured(100, 3.0, 4.0)),
    ]
    assert token_ratios(pairs) == [0.3, 0.3, 0.3]
    assert prefill_ratios(pairs) == pytest.approx([0.5, 0.25, 0.4])
    assert speedups(pairs) == [5.0, 3.0, 4.0]
    assert followed(pairs) == pytest.approx(0.6 / 0.7)
    assert with_range(speedups(pairs), ".1f") == "4.0 [3.0, 5.0]"


@pytest.mark.slow
def test_fast_is_four_times_as_fast_with_equal_answers_on_the_model_that_explains_itself() -> None:
    from lab.benchmarks.judge import (
        equal_share,
        explaining_judges,
        followed,
        looped_cases,
        measure_pairs,
        right_share,
        speedups,
        token_ratios,
        video_per_question,
    )

    cases = looped_cases(25, questions=QUESTIONS, loops=LOOPS)
    pairs = measure_pairs(explaining_judges(LOOPS), cases)
    assert video_per_question(pairs) >= 20
    assert median(token_ratios(pairs)) <= 0.30
    assert followed(pairs) >= 0.85
    assert median(speedups(pairs)) >= 4
    assert equal_share(pairs) >= 0.99
    assert right_share(pairs, cases) >= 0.75


@pytest.mark.slow
def test_prefill_time_follows_the_tokens_on_a_larger_model(tmp_path: Path) -> None:
    from lab.benchmarks.judge import (
        equal_share,
        followed,
        measure_pairs,
        mid_size_judges,
        noise_cases,
        save_mid_size,
        token_ratios,
        video_per_question,
    )

    cases = noise_cases(5, questions=QUESTIONS, frames=32)
    pairs = measure_pairs(mid_size_judges(save_mid_size(tmp_path / "model")), cases)
    assert video_per_question(pairs) >= 20
    assert median(token_ratios(pairs)) <= 0.30
    assert followed(pairs) >= 0.85
    assert equal_share(pairs) >= 0.99
