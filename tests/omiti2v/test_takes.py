"""What a video is called: by its sample, and by its take where the sample has several."""

from __future__ import annotations

import re

import pytest

from omiti2v.samples import SAMPLE_ID
from omiti2v.takes import by_sample, has_takes, sample_of, take_of, video_id_of


@pytest.mark.parametrize("take", [None, 0, 3, 2**63 - 1])
@pytest.mark.parametrize("sample_id", ["addition-001", "a.b_c-7", "7"])
def test_an_id_tells_its_sample_and_its_take(sample_id: str, take: int | None) -> None:
    video = video_id_of(sample_id, take)
    assert (sample_of(video), take_of(video)) == (sample_id, take)
    # What separates the two is in no sample's id, so that no two videos are called the same.
    assert bool(re.fullmatch(SAMPLE_ID, video)) == (take is None)


def test_videos_are_ordered_by_sample_and_by_take_as_a_number() -> None:
    assert by_sample(["b", "a@10", "a@9"]) == {"a": ["a@9", "a@10"], "b": ["b"]}


def test_a_sample_with_one_video_has_no_takes() -> None:
    assert not has_takes(["a", "b-1"])
    assert has_takes(["a", "b@1"])
