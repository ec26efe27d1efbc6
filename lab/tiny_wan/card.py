"""The tiny Wan's model card: `python -m lab.tiny_wan.card --model FOLDER`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evaluators.world import Behaviour
from lab.tiny_judge.measure import count_parameters
from lab.tiny_wan.clips import PICTURE_SHARES, TARGET_SHARES
from lab.tiny_wan.learner import PROMPT_DROPOUT
from lab.tiny_wan.parts import FLOW_SHIFT, FPS, FRAMES, SIDE
from lab.tiny_wan.tokens import build_tokenizer
from omiti2v.records import write_atomically

INTRODUCTION = """\
---
license: apache-2.0
library_name: diffusers
pipeline_tag: image-to-video
---
# The tiny Wan

An image-to-video model of Wan2.1's own classes (`WanImageToVideoPipeline` of diffusers, with
cross-attention over text and over image tokens) with {parameters:.1f} million parameters in all,
trained from scratch on one thing: clips of the known-answer world of omiti2v, in which one coloured
shape appears, disappears, changes or moves. It makes {frames} frames of {side}x{side} pixels
({fps} a second) on a CPU in about a second, so that a method like AlignVid can be run, judged and
compared without a GPU. It loads through the stock class; none of its parts has code of its own.

## What it can't do
It knows no photographs and no word but the {words} of the world's prompts and captions: others
are read as one and the same. Other sizes and lengths than {side}x{side} and {frames} frames were
never trained on. What a method does to it says what the method does to this model, in this world;
whether large models behave alike is another question.

## What it was trained on
Rendered by `evaluators.world`, with plain and gradient backgrounds. Under each prompt, the clip to
be learnt shows: {targets}. Captions of real videos don't always say what moves either, and this
teaches the model to trust the picture over the text. It follows that a model that learns these
shares perfectly leaves the edit undone about as often. {dropout} of the clips are learnt without
their prompt. The autoencoder's clips show: {pictures}.

Flow matching with a shift of {shift:g}, noise shares spread as the solver's steps are.
`python -m lab.tiny_wan.train_vae`, then `python -m lab.tiny_wan.train`, both
from fixed seeds.
"""


def write_card(
    model: Path, reconstruction: Mapping[str, Any] | None = None, *, notes: str | None = None
) -> str:
    """The card as Markdown.

    Args:
        model: Folder of the pipeline.
        reconstruction: What `lab.tiny_wan.measure` found, where it was run.
        notes: How these very weights came to be, as Markdown.
    """
    sizes = {
        path.parent.name: count_parameters(path) for path in sorted(model.rglob("*.safetensors"))
    }
    lines = [
        INTRODUCTION.format(
            parameters=sum(sizes.values()) / 1e6,
            frames=FRAMES,
            side=SIDE,
            fps=FPS,
            words=len(build_tokenizer()),
            targets=_listed(TARGET_SHARES),
            pictures=_listed(PICTURE_SHARES),
            dropout=f"{PROMPT_DROPOUT:.0%}",
            shift=FLOW_SHIFT,
        ),
        "| part | parameters |",
        "| --- | ---: |",
        *(f"| {name} | {size:,} |" for name, size in sizes.items()),
    ]
    if reconstruction is not None:
        lines += _reconstruction(reconstruction)
    if notes is not None:
        lines += ["", "## How these weights came to be", notes.strip()]
    return "\n".join(lines) + "\n"


def _reconstruction(found: Mapping[str, Any]) -> Sequence[str]:
    distance = found["reconstruction"]
    lines = [
        "",
        "## Measured",
        f"The autoencoder, on {found['clips']} clips of a seed that training never sees "
        "(`python -m lab.tiny_wan.measure`): mean absolute difference "
        f"{distance['l1_levels']:.2f} levels of 255, PSNR {distance['psnr_db']:.1f} dB.",
    ]
    if "judge" in found:
        rendered, remade = (found["judge"][name] for name in ("rendered", "reconstructed"))
        lines += [
            "The tiny judge's right answers to the samples' own questions, in per cent:",
            "",
            "| | rendered | reconstructed | questions |",
            "| --- | ---: | ---: | ---: |",
        ]
        for name in sorted(rendered):
            one, other = (f"{100 * c[name][0] / c[name][1]:.1f}" for c in (rendered, remade))
            lines.append(f"| {name} | {one} | {other} | {rendered[name][1]} |")
    return lines


def _listed(shares: Mapping[Behaviour, float]) -> str:
    return ", ".join(f"`{name}` {share:.0%}" for name, share in shares.items())


def main() -> None:
    """Parse the command line and write the card to the model's README.md."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--model", type=Path, required=True, help="folder of the pipeline")
    parser.add_argument("--reconstruction", type=Path, help="reconstruction.json")
    parser.add_argument("--notes", type=Path, help="Markdown: how these weights came to be")
    options = parser.parse_args()
    found = json.loads(options.reconstruction.read_text()) if options.reconstruction else None
    notes = options.notes.read_text(encoding="utf-8") if options.notes else None
    write_atomically(options.model / "README.md", write_card(options.model, found, notes=notes))


if __name__ == "__main__":
    main()
