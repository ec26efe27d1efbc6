"""The arithmetic of the paper exercise, held against numbers worked out by hand."""

from __future__ import annotations

import pytest

from lab.benchmarks.scale import (
    Accelerator,
    Job,
    Model,
    decode_minutes,
    gpus_for,
    minutes,
    plain_operations,
    shared_operations,
)

MODEL, GPU, JOB = Model(), Accelerator(), Job()


def test_a_pass_costs_two_operations_a_parameter_and_four_for_each_pair_of_tokens() -> None:
    small = Model(parameters=10, layers=2, width=3, vision_parameters=5, patches_a_token=4)
    assert small.prefill_operations(100) == 2 * 10 * 100 + 4 * 2 * 3 * (100 * 100 / 2)
    looking_back = small.prefill_operations(7, 100) - small.prefill_operations(7)
    assert looking_back == 4 * 2 * 3 * 7 * 100
    assert small.prefill_operations(9, visual=8) - small.prefill_operations(9) == 2 * 5 * 4 * 8


def test_reading_in_parts_costs_what_reading_at_once_does() -> None:
    at_once = MODEL.prefill_operations(3900)
    in_parts = MODEL.prefill_operations(3840) + MODEL.prefill_operations(60, 3840)
    assert in_parts == pytest.approx(at_once)


def test_the_papers_set_takes_about_two_minutes_with_a_shared_prefix_and_seven_without() -> None:
    # By hand: 367 x 3,870 + 1,500 x 60 tokens, and 1,500 x 3,930; 65e9 operations for each of
    # them, 989e12 a second. Attention and the vision tower come on top: an eighth.
    by_hand = [tokens * 65e9 / 989e12 / 60 for tokens in (1_510_290, 5_895_000)]
    assert by_hand == pytest.approx([1.65, 6.46], abs=0.01)
    found = [minutes(f(MODEL, JOB), GPU) for f in (shared_operations, plain_operations)]
    assert found == pytest.approx([1.9, 7.2], abs=0.1)
    assert [one / two for one, two in zip(found, by_hand, strict=True)] == pytest.approx(
        [9 / 8, 9 / 8], abs=0.02
    )


def test_a_million_videos_a_day_take_as_many_gpus_as_they_have_days_of_work() -> None:
    operations = shared_operations(MODEL, JOB)
    days = minutes(operations, GPU, of_peak=0.4) / JOB.videos * 1e6 / 60 / 24
    assert gpus_for(1e6, operations, JOB, GPU, of_peak=0.4) == pytest.approx(days)
    assert days == pytest.approx(8.8, abs=0.1)


def test_writing_an_answer_reads_all_weights_for_every_token() -> None:
    # 65 GB at 3.35 TB/s: 19.4 ms a token.
    assert decode_minutes(MODEL, GPU, answers=1, tokens=1) * 60_000 == pytest.approx(19.4, abs=0.01)
    assert decode_minutes(MODEL, GPU, answers=1500, tokens=128) == pytest.approx(62, abs=0.5)


def test_the_cache_of_a_token_is_a_quarter_of_a_megabyte() -> None:
    assert MODEL.cache_bytes_a_token == 262_144
