"""Chunks of rendered clips."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lab.tiny_judge.examples import QUESTIONS, make_example
from lab.tiny_judge.pool import ClipChunks


def test_a_chunk_holds_what_its_clips_are(tmp_path: Path) -> None:
    chunk = ClipChunks(tmp_path, 2, 6, 3).load(1)
    wanted = make_example(6, seed=3)
    assert np.array_equal(chunk["frames"][0], wanted.frames)
    assert chunk["answers"][0].tolist() == wanted.answers
    assert chunk["tokens"].shape[:2] == (6, QUESTIONS)
