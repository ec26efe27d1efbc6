"""Measures the tiny judge on clips of known answers: `python -m lab.tiny_judge.measure`.

The judge runs as it does in the benchmark. The seed is one that training never sees.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evaluators.frames import Clip, Frames
from evaluators.frames.sampling import sample_indices
from evaluators.judges.base import Judge
from evaluators.tiny import WEIGHTS
from evaluators.tiny.judge import tiny_judge
from evaluators.world import Nuisances
from evaluators.world.phrasings import PHRASINGS
from lab.tables import markdown
from lab.tiny_judge.examples import FPS, SETTINGS, Example, make_example, shows_held_out
from omiti2v.records import write_atomically
from omiti2v.responses import Answer

SEED = 20_000_000
Counts = dict[str, list[int]]


@dataclass(frozen=True)
class Condition:
    """Clips to be measured on.

    Attributes:
        name: For the table.
        make: Makes the clip with a number.
        spoil: What is done to the frames of all clips before they are judged.
    """

    name: str
    make: Callable[[int], Example]
    spoil: Callable[[Sequence[Frames]], list[Frames]] = list


def _plain(index: int) -> Example:
    return make_example(index, seed=SEED, held_out=True)


def _varied(nuisances: Nuisances, *, side: int = 64, frames: int = 8) -> Callable[[int], Example]:
    settings = replace(SETTINGS, width=side, height=side, frames=frames)

    def make(index: int) -> Example:
        return make_example(index, seed=SEED, settings=settings, nuisances=nuisances, held_out=True)

    return make


def _shuffle_pixels(clips: Sequence[Frames]) -> list[Frames]:
    """Each frame's pixels in another order: shapes and places are lost, colours stay."""
    order = np.random.default_rng(0).permutation(clips[0].shape[1] * clips[0].shape[2])
    return [
        np.ascontiguousarray(clip.reshape(len(clip), -1, 3)[:, order].reshape(clip.shape))
        for clip in clips
    ]


def _shuffle_values(clips: Sequence[Frames]) -> list[Frames]:
    """All values of a clip in another order, across frames and channels: nothing is left."""
    order = np.random.default_rng(0).permutation(clips[0].size)
    return [clip.reshape(-1)[order].reshape(clip.shape) for clip in clips]


def _give_another_s(clips: Sequence[Frames]) -> list[Frames]:
    return [*clips[1:], clips[0]]


CONDITIONS = (
    Condition("held out", _plain),
    Condition("more noise", _varied(Nuisances(noise=14))),
    Condition("more blur", _varied(Nuisances(blur=0.018))),
    Condition("96x96", _varied(Nuisances(), side=96)),
    Condition("128x128", _varied(Nuisances(), side=128)),
    Condition("twice as long", _varied(Nuisances(), frames=16)),
    Condition("half speed", _varied(Nuisances(speed=0.5))),
    Condition("double speed", _varied(Nuisances(speed=2.0))),
    Condition("darker", _varied(Nuisances(brightness=0.7))),
    Condition("coarse compression", _varied(Nuisances(crf=34))),
    Condition("each frame's pixels shuffled", _plain, _shuffle_pixels),
    Condition("all values shuffled", _plain, _shuffle_values),
    Condition("another sample's video", _plain, _give_another_s),
)


def clip_of(frames: Frames, judge: Judge) -> Clip:
    """The frames that a judge looks at, of a video of 8 frames a second."""
    times: NDArray[np.float64] = np.arange(len(frames)) / FPS
    indices = sample_indices(times, judge.frame_rule)
    taken = times[indices]
    rate = float((len(taken) - 1) / (taken[-1] - taken[0]))
    return Clip(frames=frames[indices], times=taken, indices=indices, fps=rate)


def measure(judge: Judge, condition: Condition, clips: int) -> Counts:
    """Right answers and questions over all, and by everything that a question or clip is."""
    examples = [condition.make(index) for index in range(clips)]
    spoilt = condition.spoil([example.frames for example in examples])
    answers = []
    for example, frames in zip(examples, spoilt, strict=True):
        judged = judge.judge(clip_of(frames, judge), example.questions)
        answers.append([judgement.answer for judgement in judged])
    return tally(examples, answers)


def guess_blindly(examples: Sequence[Example]) -> list[list[Answer]]:
    """Each family's more frequent answer: what can be got without looking, and so chance."""
    balance: dict[str, int] = defaultdict(int)
    for example in examples:
        for family, answer in zip(example.families, example.answers, strict=True):
            balance[family] += 1 if answer else -1
    return [
        ["yes" if balance[family] > 0 else "no" for family in example.families]
        for example in examples
    ]


def tally(examples: Sequence[Example], answers: Sequence[Sequence[Answer]]) -> Counts:
    """Count the right answers by all that is told of a question or clip."""
    counts: Counts = defaultdict(lambda: [0, 0])
    for example, given in zip(examples, answers, strict=True):
        own = len(example.scene.asks)
        places = "new place" if shows_held_out(example.scene.stage) else "known places"
        rows = zip(given, example.answers, example.families, strict=True)
        for position, (answer, true, family) in enumerate(rows):
            truth = "yes" if true else "no"
            names = [
                "all",
                f"answer {truth}",
                f"family {family}",
                f"dimension {PHRASINGS[family][0]}",
                f"kind {example.scene.stage.kind}",
                f"behaviour {example.behaviour}",
                places,
            ]
            if position < own:
                names += ["sample's own questions", f"own {truth}"]
            for name in names:
                counts[name][0] += answer == truth
                counts[name][1] += 1
    return dict(counts)


def main() -> None:
    """Parse the command line, measure, write `accuracy.json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("model", type=Path, nargs="?", default=WEIGHTS)
    parser.add_argument("--clips", type=int, default=600, help="clips of each condition")
    parser.add_argument("--only", nargs="*", help="names of conditions; default all")
    parser.add_argument("--out", type=Path, help="folder of accuracy.json; default the model's")
    options = parser.parse_args()
    judge = tiny_judge(options.model)
    results = {}
    for condition in CONDITIONS:
        if options.only and condition.name not in options.only:
            continue
        results[condition.name] = measure(judge, condition, options.clips)
    examples = [_plain(index) for index in range(options.clips)]
    results["no clip: each family's more frequent answer"] = tally(
        examples, guess_blindly(examples)
    )
    columns = ["all", "answer yes", "answer no", "sample's own questions"]
    rows = [
        [name, *(f"{100 * right / n:.1f}" for right, n in (counts[key] for key in columns))]
        for name, counts in results.items()
    ]
    print(markdown(["right answers in per cent", *columns], rows))
    write_atomically(
        (options.out or options.model) / "accuracy.json",
        json.dumps(results, indent=1, sort_keys=True) + "\n",
    )


if __name__ == "__main__":
    main()
