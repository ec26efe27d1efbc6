"""Chunks are made once, and read back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lab.chunks import Arrays, Chunks


class Counted(Chunks):
    """Chunks of their own number."""

    def compute(self, number: int) -> Arrays:
        return {"numbers": np.full(self.clips, number)}


def test_a_chunk_is_made_where_it_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunks = Counted(tmp_path / "pool", 2, 3, 5)
    assert list(chunks.load(1)["numbers"]) == [1, 1, 1]
    assert [path.name for path in chunks.folder.iterdir()] == ["chunk-001.npz"]
    monkeypatch.setattr(Counted, "compute", lambda *_: pytest.fail("made twice"))
    assert list(chunks.load(1)["numbers"]) == [1, 1, 1]


def test_a_chunk_that_another_process_makes_is_waited_for(tmp_path: Path) -> None:
    chunks = Counted(tmp_path, 1, 2, 5)

    class Ahead:
        asked = 0

        def is_alive(self) -> bool:
            self.asked += 1
            if self.asked == 2:
                np.savez(chunks.path(0), numbers=np.array([7]))
            return True

    assert list(chunks.load(0, Ahead())["numbers"]) == [7]  # type: ignore[arg-type]
