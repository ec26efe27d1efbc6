"""A run that can't succeed ends, and what was made stays."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import torch

from alignvid_ref.generation.generate import (
    GeneratedVideo,
    GenerateVideo,
    GenerationReport,
    Job,
    Plan,
    generate_videos,
)
from alignvid_ref.generation.losing_streak import LosingStreak
from omiti2v.editions import Edition

OUT_OF_MEMORY = "CUDA out of memory. Tried to allocate {} GiB. GPU 0 has 139 GiB in all"


def ends_after(errors: Iterable[Exception | None]) -> int | None:
    """How many videos a run tries that fail so; None where it tries them all. None is a success."""
    streak = LosingStreak()
    for number, error in enumerate(errors, 1):
        if error is None:
            streak.won()
        elif streak.lost(error):
            return number
    return None


def test_three_in_a_row_that_differ_in_numbers_only_end_a_run() -> None:
    assert ends_after(ValueError(f"shape {number}, not 5") for number in range(9)) == 3
    assert ends_after(torch.OutOfMemoryError(OUT_OF_MEMORY.format(n)) for n in range(9)) == 3
    units = (torch.OutOfMemoryError(f"CUDA out of memory. Tried {unit}") for unit in "KMG")
    assert ends_after(units) == 3


def test_failures_of_several_kinds_or_with_videos_between_do_not() -> None:
    assert ends_after([ValueError("one"), ValueError("one"), ValueError("other")] * 3) is None
    assert ends_after([ValueError("one"), TypeError("one")] * 3) is None
    assert ends_after([ValueError("one"), ValueError("one"), None] * 3) is None


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("CUDA error: device-side assert triggered\nCompile with TORCH_USE_CUDA_DSA"),
        RuntimeError("CUDA error: an illegal memory access was encountered"),
        torch.AcceleratorError("CUDA error: unspecified launch failure", 719),
    ],
)
def test_an_error_that_stays_on_the_gpu_ends_a_run_at_once(error: Exception) -> None:
    assert ends_after([None, error]) == 2
    assert "run the same command again" in (LosingStreak().lost(error) or "")


def test_what_to_do_follows_from_the_failure() -> None:
    streak = LosingStreak()
    full = torch.OutOfMemoryError(OUT_OF_MEMORY.format(3))
    assert [streak.lost(full), streak.lost(full)] == [None, None]
    reason = streak.lost(full) or ""
    assert reason.startswith("the last 3 videos failed alike: OutOfMemoryError: CUDA out of memory")
    assert "--offload model" in reason
    other = LosingStreak()
    assert "--verbose" in [other.lost(KeyError("x")) for _ in range(3)][-1]  # type: ignore[operator]


@pytest.fixture
def tried(
    edition: Edition, plans: dict[str, Plan], tmp_path: Path
) -> Callable[..., tuple[GenerationReport, int]]:
    """Makes six videos of each sample with a maker that fails from one on, and counts its calls."""

    def run(fails_from: int) -> tuple[GenerationReport, int]:
        calls: list[str] = []

        def load() -> GenerateVideo:
            def make(picture: PIL.Image.Image, prompt: str, seed: int) -> GeneratedVideo:
                calls.append(prompt)
                if len(calls) >= fails_from:
                    raise torch.OutOfMemoryError(OUT_OF_MEMORY.format(len(calls)))
                return GeneratedVideo(np.zeros((5, 32, 32, 3), np.uint8))

            return make

        ids = [sample.id for sample in edition.samples]
        plan = replace(plans["pan"], load_model=load)
        report = generate_videos(Job(edition, ids, tmp_path, plan, seeds=tuple(range(6))))
        return report, len(calls)

    return run


def test_a_run_that_always_fails_tries_three_of_all(
    tried: Callable[[int], tuple[GenerationReport, int]], tmp_path: Path
) -> None:
    report, calls = tried(1)
    assert (calls, report.made, len(report.failures), report.untried) == (3, 0, 3, 21)
    assert "take --offload model" in (report.stopped or "")
    assert not (tmp_path / "submission.yaml").exists()


def test_what_was_made_before_stays_and_the_same_call_goes_on(
    tried: Callable[[int], tuple[GenerationReport, int]],
) -> None:
    report, _ = tried(5)
    assert (report.made, len(report.failures), report.untried) == (4, 3, 17)
    report, calls = tried(100)
    assert (calls, report.made, report.kept) == (20, 20, 4)
    assert (report.untried, report.stopped) == (0, None)


def test_images_that_cannot_be_read_say_nothing_of_the_model(
    make_edition: Callable[..., Edition], plans: dict[str, Plan], tmp_path: Path
) -> None:
    edition = make_edition(tmp_path / "edition", count=5)
    for sample in edition.samples[:4]:
        edition.image_path(sample).write_bytes(b"no image")
    ids = [sample.id for sample in edition.samples]
    report = generate_videos(Job(edition, ids, tmp_path / "videos", plans["pan"]))
    assert (report.made, len(report.failures), report.stopped) == (1, 4, None)
