"""When a judge is ready: the three ways of starting, each seen to load and to say so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from released import shared

from lab.benchmarks.judge_start import WAYS, protocol_row, start_rows


@pytest.mark.slow
def test_each_way_is_ready_and_both_protocols_ask_all(
    released_checkpoint: Callable[[str], Path],
) -> None:
    checkpoint = released_checkpoint("Qwen2.5-VL-7B-Instruct")
    videos = [shared("demo-videos/Wan2.1/original/1.mp4")]
    rows = start_rows(checkpoint, videos, times=1)
    assert [row["way"] for row in rows] == list(WAYS)
    assert rows[0]["times the bare script"] == 1
    for protocol, decoded in (("paper", 3 * 128), ("fast", 0)):
        row = protocol_row(checkpoint, protocol, videos)  # type: ignore[arg-type]
        assert (row["videos"], row["questions"]) == (1, 3)
        assert row["decoded"] == decoded
