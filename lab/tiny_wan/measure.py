"""Measures the autoencoder on clips of known answers: `python -m lab.tiny_wan.measure`.

The seed is one that training never sees. The tiny judge answers each sample's questions on rendered
clips and on what the autoencoder makes of them, compressed as submissions are.
"""

from __future__ import annotations

import argparse
import json
import logging
import math
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from evaluators.frames import Frames
from evaluators.judges import Judge
from evaluators.tiny import WEIGHTS
from evaluators.tiny.judge import tiny_judge
from evaluators.world import Behaviour, Scene, make_scene, render_frames, true_answers
from evaluators.world.settings import Nuisances
from lab.tiny_judge.examples import compress
from lab.tiny_judge.measure import clip_of
from lab.tiny_wan.clips import PICTURE_SHARES, SETTINGS
from lab.tiny_wan.condition import decode, encode, to_frames, to_video
from lab.tiny_wan.parts import load_vae
from omiti2v.records import write_atomically

logger = logging.getLogger(__name__)

SEED = 30_000_000
AT_ONCE = 32
Counts = dict[str, list[int]]
"""Right answers and questions by name."""


def reconstruct(vae: Any, frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Clips encoded and decoded, shape and type as given: (clips, 9, 64, 64, 3), uint8."""
    parts = torch.split(torch.from_numpy(frames), AT_ONCE)
    made = [to_frames(decode(vae, encode(vae, to_video(some)))) for some in parts]
    result: NDArray[np.uint8] = torch.cat(made).numpy()
    return result


def held_out_scenes(count: int) -> list[tuple[Scene, Behaviour]]:
    """Scenes that training never sees, each with what its clip shows."""
    behaviours = list(PICTURE_SHARES)
    rng = np.random.default_rng(SEED)
    drawn = rng.choice(len(behaviours), size=count, p=list(PICTURE_SHARES.values()))
    return [
        (make_scene(index, seed=SEED, settings=SETTINGS), behaviours[int(number)])
        for index, number in enumerate(drawn)
    ]


def distances(frames: NDArray[np.uint8], made: NDArray[np.uint8]) -> dict[str, float]:
    """Mean absolute difference in levels of 255, and PSNR in dB of all clips together."""
    off = frames.astype(np.float64) - made
    return {
        "l1_levels": float(np.abs(off).mean()),
        "psnr_db": 20 * math.log10(255) - 10 * math.log10(max(float((off**2).mean()), 1e-12)),
    }


def count_right(
    judge: Judge, scenes: list[tuple[Scene, Behaviour]], frames: NDArray[np.uint8]
) -> Counts:
    """The judge's right answers over all, by the kind of edit and by the question's dimension."""
    counts: Counts = defaultdict(lambda: [0, 0])
    for (scene, behaviour), shown in zip(scenes, frames, strict=True):
        seen: Frames = compress(shown, Nuisances().crf)
        questions = scene.sample.questions
        judged = judge.judge(clip_of(seen, judge), [one.question for one in questions])
        truth = true_answers(scene, behaviour)
        for question, judgement in zip(questions, judged, strict=True):
            for name in ("all", f"kind {scene.stage.kind}", f"dimension {question.dimension}"):
                counts[name][0] += judgement.answer == truth[question.id]
                counts[name][1] += 1
    return dict(counts)


def measure(vae: Any, *, clips: int, load_judge: Callable[[], Judge] | None) -> dict[str, object]:
    """What the autoencoder loses.

    Args:
        vae: The trained autoencoder.
        clips: How many to measure on.
        load_judge: Where the questions are to be asked.
    """
    scenes = held_out_scenes(clips)
    frames = np.stack([render_frames(scene.stage, behaviour) for scene, behaviour in scenes])
    made = reconstruct(vae, frames)
    found: dict[str, object] = {"clips": clips, "reconstruction": distances(frames, made)}
    if load_judge is not None:
        judge = load_judge()
        found["judge"] = {
            "rendered": count_right(judge, scenes, frames),
            "reconstructed": count_right(judge, scenes, made),
        }
    return found


def main() -> None:
    """Parse the command line, measure, write `reconstruction.json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--vae", type=Path, required=True, help="folder of the autoencoder")
    parser.add_argument("--clips", type=int, default=300)
    parser.add_argument("--judge", type=Path, default=WEIGHTS, help="folder of the tiny judge")
    parser.add_argument("--no-judge", action="store_true", help="pixels only")
    parser.add_argument("--out", type=Path, required=True, help="folder of reconstruction.json")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    load = None if options.no_judge else (lambda: tiny_judge(options.judge))
    found = measure(load_vae(options.vae), clips=options.clips, load_judge=load)
    logger.info("%s", json.dumps(found))
    options.out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(found, indent=1, sort_keys=True) + "\n"
    write_atomically(options.out / "reconstruction.json", text)


if __name__ == "__main__":
    main()
