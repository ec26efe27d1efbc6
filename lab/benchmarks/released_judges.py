"""Released judges at full size with random weights: seconds, tokens a second and memory.

Usage: python -m lab.benchmarks.released_judges RELEASED [--size full] [--device cuda] [--json]

RELEASED holds a folder for each release: its config, tokenizer, processor and chat template. The
weights are drawn at random, so answers mean nothing and `paper` writes as long as it may; what is
computed is what the real weights cost. At full size a checkpoint takes as much of the disk as the
release, in the folder that TMPDIR names. The tiny size tries the script where there is no GPU.
"""

from __future__ import annotations

import resource
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import numpy as np
import torch

from evaluators.frames import Clip, Video, sample_frames
from evaluators.judges.transformers_judge import TransformersJudge
from lab.benchmarks.measuring import Seconds, benchmark_parser, print_rows, timed
from lab.random_checkpoint import Size, random_checkpoint
from omiti2v.judge_spec import ProtocolName

FRAMES, FPS, WIDTH, HEIGHT = 81, 16, 832, 480
QUESTIONS = ("Is there a cup on the table?", "Is the sky blue?", "Is a car seen?", "Is it night?")
TIMES = 3


def gray_video(width: int = WIDTH, height: int = HEIGHT) -> Video:
    """A ramp of gray that moves sideways: as many tokens as any other video of its size."""
    ramp = np.linspace(0, 255, width, dtype=np.uint8)
    rows = np.stack([np.roll(ramp, 8 * number) for number in range(FRAMES)])
    return Video(
        path=Path("gray.mp4"),
        sha256="0" * 64,
        frames=np.broadcast_to(rows[:, None, :, None], (FRAMES, height, width, 3)).copy(),
        times=np.arange(FRAMES) / FPS,
        fps=FPS,
        codec="none",
        pixel_format="rgb24",
    )


def rows_of(
    release: Path, *, size: Size, device: str, dtype: torch.dtype, video: Video
) -> Iterator[dict[str, object]]:
    """A row for each protocol of one release."""
    with tempfile.TemporaryDirectory() as scratch:
        made, building = timed(
            lambda: random_checkpoint(
                release, Path(scratch) / release.name, size=size, dtype=dtype, device=device
            )
        )
        _forget_peak(device)
        for protocol in ("fast", "paper"):
            yield {
                "judge": release.name,
                "protocol": protocol,
                "building, s": building.wall,
                **_measured(made, protocol, device, video),
            }


def _measured(
    checkpoint: Path, protocol: ProtocolName, device: str, video: Video
) -> dict[str, object]:
    judge, loading = timed(lambda: TransformersJudge(checkpoint, protocol=protocol, device=device))
    clip = sample_frames(video, judge.frame_rule)
    _ask(judge, clip, device)  # what is done once, kernels for instance, is left out
    _forget_peak(device)
    before = judge.usage
    taken = [_ask(judge, clip, device).wall for _ in range(TIMES)]
    asked = judge.usage
    read = asked.video_prefill + asked.question_prefill
    read -= before.video_prefill + before.question_prefill
    written = (asked.decoded - before.decoded) // TIMES
    each = median(taken)
    return {
        "loading, s": loading.wall,
        "s a clip": each,
        "tokens read": read // TIMES,
        "tokens written": written,
        "tokens a second": (read // TIMES + written) / each,
        "peak, GiB": _peak_gib(device),
    }


def _ask(judge: TransformersJudge, clip: Clip, device: str) -> Seconds:
    def ask() -> None:
        answers = judge.judge(clip, QUESTIONS)
        if failed := [one.reason for one in answers if one.answer == "error"]:
            raise RuntimeError(f"{judge.name}: {failed[0]}")
        if device.startswith("cuda"):
            torch.cuda.synchronize()

    return timed(ask)[1]


def _forget_peak(device: str) -> None:
    if device.startswith("cuda"):
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


def _peak_gib(device: str) -> float:
    """Of the GPU since it was forgotten; elsewhere of this process since it began."""
    if device.startswith("cuda"):
        return torch.cuda.max_memory_allocated() / 2**30
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def main() -> None:
    parser = benchmark_parser(__doc__)
    parser.add_argument("released", type=Path, help="a folder of each release's small files")
    parser.add_argument("--size", choices=("full", "tiny"), default="full")
    parser.add_argument("--device", help="cuda, or cpu at the tiny size, if not given")
    parser.add_argument("--dtype", default="bfloat16", choices=("bfloat16", "float16", "float32"))
    parser.add_argument("--only", nargs="+", help="names of folders; all if not given")
    chosen = parser.parse_args()
    if not chosen.device:
        chosen.device = "cuda" if torch.cuda.is_available() else "cpu"
        if chosen.device == "cpu" and chosen.size == "full":
            parser.error("no GPU here: give --size tiny")
    found = {path.parent.name: path.parent for path in chosen.released.glob("*/config.json")}
    dtype: torch.dtype = getattr(torch, chosen.dtype)
    rows = [
        row
        for name in chosen.only or sorted(found)
        for row in rows_of(
            found[name], size=chosen.size, device=chosen.device, dtype=dtype, video=gray_video()
        )
    ]
    print_rows(
        rows,
        as_json=chosen.json,
        note=f"Random weights, {chosen.size} size, {chosen.dtype} on {chosen.device}; a clip of "
        f"{FRAMES} frames of {WIDTH}x{HEIGHT}, {len(QUESTIONS)} questions; medians of {TIMES}.",
    )


if __name__ == "__main__":
    main()
