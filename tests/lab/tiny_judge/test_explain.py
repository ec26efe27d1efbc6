"""Both protocols give the same answers on trained models, one of which explains itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluators.frames import Clip, decode_video, sample_frames
from evaluators.judges.usage import Usage
from evaluators.tiny import WEIGHTS
from evaluators.tiny.judge import FRAME_RULE, tiny_judge
from evaluators.world import write_mp4
from lab.tiny_judge.examples import make_example
from lab.tiny_judge.explain import EXPLAINING
from lab.tiny_judge.measure import SEED

CLIPS, QUESTIONS = 25, 8


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Clip, list[str], list[bool]]]:
    """Videos, questions about them, and whether the answer is yes."""
    folder = tmp_path_factory.mktemp("videos")
    rows = []
    for index in range(CLIPS):
        example = make_example(index, seed=SEED + 1, held_out=True)
        path = folder / f"{index}.mp4"
        write_mp4(path, example.frames, fps=8)
        clip = sample_frames(decode_video(path), FRAME_RULE)
        rows.append((clip, example.questions[:QUESTIONS], example.answers[:QUESTIONS]))
    return rows


@pytest.mark.parametrize(
    ("weights", "written"), [(EXPLAINING, (8, 40)), (WEIGHTS, (2, 128))], ids=["explains", "plain"]
)
def test_fast_and_paper_agree_on_at_least_99_of_100_answers(
    weights: Path, written: tuple[int, int], asked: list[tuple[Clip, list[str], list[bool]]]
) -> None:
    fast = tiny_judge(weights)
    # What the plain model writes after its answer means nothing, so that a few tokens will do.
    limit = 128 if weights == EXPLAINING else 4
    paper = tiny_judge(weights, protocol="paper", max_new_tokens=limit)
    same = right = total = 0
    for clip, questions, truths in asked:
        pairs = zip(fast.judge(clip, questions), paper.judge(clip, questions), truths, strict=True)
        for quick, long, truth in pairs:
            assert long.p_yes is None
            same += quick.answer == long.answer
            right += long.answer == ("yes" if truth else "no")
            total += 1
    assert same >= 0.99 * total
    assert right >= 0.95 * total
    _expect_counts(fast.usage, paper.usage, total, written)


def _expect_counts(fast: Usage, paper: Usage, total: int, written: tuple[int, int]) -> None:
    # The clip is read once by one protocol, and once a question by the other.
    assert paper.questions == fast.questions == total
    assert paper.video_prefill == QUESTIONS * fast.video_prefill
    assert fast.decoded == 0
    low, high = written
    assert low * total <= paper.decoded <= high * total
    for usage in (fast, paper):
        assert f"{usage.decoded:,} decoded" in str(usage)


def test_the_explanation_is_what_is_seen_and_ends_by_itself(
    asked: list[tuple[Clip, list[str], list[bool]]],
) -> None:
    limited = tiny_judge(EXPLAINING, protocol="paper", max_new_tokens=60)
    clip, questions, _ = asked[0]
    assert all(answer.answer in ("yes", "no") for answer in limited.judge(clip, questions))
    # Four places, each "a red circle in the top left ," or "nothing in the top left ,".
    assert limited.usage.decoded / limited.usage.questions < 30
