"""Released judges with random weights: what the tokens and seconds of a protocol are made of."""

from __future__ import annotations

import pytest
import torch
from released import shared

from lab.benchmarks.released_judges import QUESTIONS, gray_video, main, rows_of


def test_without_a_gpu_nothing_is_begun_at_full_size(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr("sys.argv", ["released_judges", "no-such-folder"])
    with pytest.raises(SystemExit):
        main()
    assert "no GPU here: give --size tiny" in capsys.readouterr().err


@pytest.mark.slow
def test_both_protocols_are_measured_at_the_tiny_size() -> None:
    files = shared("released/Qwen2.5-VL-7B-Instruct")
    video = gray_video(64, 48)
    options = {"size": "tiny", "device": "cpu", "dtype": torch.float32, "video": video}
    fast, paper = rows_of(files, **options)  # type: ignore[arg-type]
    assert [row["protocol"] for row in (fast, paper)] == ["fast", "paper"]
    # Fast reads the clip once for all questions and has nothing written.
    read = [row["tokens read"] for row in (fast, paper)]
    assert 0 < read[0] < read[1]  # type: ignore[operator]
    assert fast["tokens written"] == 0
    assert 0 < paper["tokens written"] <= 128 * len(QUESTIONS)  # type: ignore[operator]
    for row in (fast, paper):
        for column in ("building, s", "loading, s", "s a clip", "tokens a second", "peak, GiB"):
            assert row[column] > 0, column  # type: ignore[operator]
