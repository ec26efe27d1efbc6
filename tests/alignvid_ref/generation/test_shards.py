"""Shards and processes: who makes what, and that all samples are made once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignvid_ref.generation.shards import Shard, parse_shard, process_shard
from omiti2v.errors import UserError


@given(st.integers(1, 6), st.integers(1, 4), st.integers(0, 40))
def test_shards_and_their_processes_cover_every_sample_once(
    shards: int, processes: int, samples: int
) -> None:
    items = list(range(samples))
    parts = [
        Shard(shard, shards).split(process, processes).of(items)
        for shard in range(shards)
        for process in range(processes)
    ]
    assert sorted(item for part in parts for item in part) == items


def test_a_shard_is_counted_from_one() -> None:
    assert parse_shard("2/4") == Shard(1, 4)
    assert str(parse_shard("2/4")) == "2/4"


@pytest.mark.parametrize("text", ["0/4", "5/4", "2", "a/b", "-1/4", "1/0", "1/2/3", " 1/2"])
def test_a_shard_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="expected i/n"):
        parse_shard(text)


def test_a_process_takes_its_shard_from_what_accelerate_sets() -> None:
    assert process_shard({"RANK": "2", "WORLD_SIZE": "4"}) == Shard(2, 4)
    assert process_shard({}) == Shard(0, 1)


@pytest.mark.parametrize(("rank", "size"), [("4", "4"), ("x", "4"), ("-1", "2")])
def test_a_rank_that_does_not_fit_is_refused(rank: str, size: str) -> None:
    with pytest.raises(UserError, match="RANK and WORLD_SIZE"):
        process_shard({"RANK": rank, "WORLD_SIZE": size})
