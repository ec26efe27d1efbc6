"""The tiny judge's model card, written from what was measured."""

from __future__ import annotations

from collections.abc import Mapping

Counts = Mapping[str, Mapping[str, list[int]]]
"""By condition and name: right answers and questions."""

INTRODUCTION = """\
---
license: apache-2.0
library_name: transformers
pipeline_tag: video-text-to-text
---
# The tiny judge

A video-language model of Qwen2.5-VL's class with {parameters:.1f} million parameters, trained from
scratch on one thing: yes/no questions about the known-answer world of omiti2v (coloured shapes
that appear, disappear, change or move). It makes the demo and the tests run offline on a judge that
reads the frames.

## What it can't do
It knows nothing of photographs, people, or any word outside the world's {words} words: unknown
words are read as one and the same. It sees {frames} frames of about 64x64 pixels, and its patches
span all {frames}: with another number of frames its answers mean nothing. It was trained on square
frames with plain and gradient backgrounds; other shapes of frame and photographs as background are
untested ground. Its numbers on other videos mean nothing.

## Data and training
Clips rendered by `evaluators.world`, compressed with H.264, of every behaviour that the world has
(the edit done, still, wrong object, too late, flicker, camera only, blank, text over the frames),
with idle motion, blur, noise, brightness, speed and compression drawn at random. An eighth of all
combinations of colour, shape and place is kept out of training ("new place" below).
Trained with `python -m lab.tiny_judge.train` (its log: `training.log`): first to say what is at
each place in each quarter of the clip, then to put that into words and to answer with names, then
yes/no questions. The log is of one training from scratch, interrupted once and gone on with.

## Measured
`python -m lab.tiny_judge.measure`, on seeds that training never sees; questions of all families
alike, and of both answers as far as the clip allows. "Own questions" are those of the samples
themselves. The share of right answers in per cent:
"""


def write_card(counts: Counts, *, parameters: int, words: int, frames: int) -> str:
    """The card as Markdown.

    Args:
        counts: What was measured.
        parameters: The size of the model.
        words: Different words in the world's questions.
        frames: Frames that the judge looks at.
    """
    lines = [INTRODUCTION.format(parameters=parameters / 1e6, words=words, frames=frames)]
    lines += ["| clips | all | answer yes | answer no | own questions | questions |"]
    lines += ["| --- | ---: | ---: | ---: | ---: | ---: |"]
    names = ("all", "answer yes", "answer no", "sample's own questions")
    for condition, found in counts.items():
        cells = " | ".join(_share(found[name]) for name in names)
        lines.append(f"| {condition} | {cells} | {found['all'][1]} |")
    held_out = counts.get("held out")
    if held_out:
        lines += ["", "On the held-out clips, by what is asked and shown:", ""]
        lines += ["| | right | questions |", "| --- | ---: | ---: |"]
        groups = ("dimension ", "kind ", "behaviour ", "family ", "known places", "new place")
        for group in groups:
            for name, count in sorted(held_out.items()):
                if name.startswith(group):
                    lines.append(f"| {name} | {_share(count)} | {count[1]} |")
    return "\n".join(lines) + "\n"


def _share(count: list[int]) -> str:
    right, asked = count
    return f"{100 * right / asked:.1f}"
