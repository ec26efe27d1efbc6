"""Contact sheets to look at: `python -m lab.tiny_wan.sheet reconstructions|samples`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont
import torch
from numpy.typing import NDArray

from evaluators.world import make_scenes, render_frames, render_reference
from lab.tiny_wan.attention import call_inputs
from lab.tiny_wan.clips import SETTINGS
from lab.tiny_wan.measure import held_out_scenes, reconstruct
from lab.tiny_wan.parts import load_pipeline, load_vae

SEED = 40_000_000
HEADING, GAP = 14, 4


def draw_sheet(rows: Sequence[tuple[str, NDArray[np.uint8]]]) -> PIL.Image.Image:
    """Rows of pictures, each under its heading.

    Args:
        rows: Headings and pictures, shape (pictures, height, width, 3); all rows alike. A row
            without a heading comes right under the one before it.
    """
    strips = [np.concatenate(list(pictures), axis=1) for _, pictures in rows]
    tops, top = [], 0
    for (heading, _), strip in zip(rows, strips, strict=True):
        tops.append(top := top + (GAP + HEADING if heading else 1))
        top += strip.shape[0]
    sheet = PIL.Image.new("RGB", (max(strip.shape[1] for strip in strips), top), "white")
    pen = PIL.ImageDraw.Draw(sheet)
    # Pillow's other default font swallows the space of "A small" at this size.
    pen.font = PIL.ImageFont.load_default_imagefont()
    for (heading, _), strip, at in zip(rows, strips, tops, strict=True):
        pen.text((2, at - HEADING), heading, fill="black")
        sheet.paste(PIL.Image.fromarray(strip), (0, at))
    return sheet


def reconstruction_rows(vae: Any, count: int) -> list[tuple[str, NDArray[np.uint8]]]:
    """Held-out clips, each over what the autoencoder makes of it."""
    scenes = held_out_scenes(count)
    frames = np.stack([render_frames(scene.stage, behaviour) for scene, behaviour in scenes])
    rows: list[tuple[str, NDArray[np.uint8]]] = []
    for (scene, behaviour), clip, made in zip(
        scenes, frames, reconstruct(vae, frames), strict=True
    ):
        rows += [(f"{behaviour}: {scene.sample.prompt}", clip), ("", made)]
    return rows


def sample_rows(
    pipe: Any, count: int, *, steps: int, guidance_scale: float
) -> list[tuple[str, NDArray[np.uint8]]]:
    """Reference image and generated frames of held-out scenes, under their prompts."""
    rows = []
    for scene in make_scenes(count, seed=SEED, settings=SETTINGS):
        reference = render_reference(scene.stage)
        video = pipe(
            **call_inputs(scene, steps=steps, guidance_scale=guidance_scale),
            generator=torch.Generator().manual_seed(scene.stage.index),
        ).frames[0]
        frames = (np.asarray(video).clip(0, 1) * 255).round().astype(np.uint8)
        rows.append((scene.sample.prompt, np.concatenate([reference[None], frames])))
    return rows


def main() -> None:
    """Parse the command line and write a sheet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("of", choices=("reconstructions", "samples"))
    parser.add_argument("--model", type=Path, required=True, help="folder of VAE or pipeline")
    parser.add_argument("--out", type=Path, required=True, help="the PNG")
    parser.add_argument("--count", type=int, default=12)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--guidance-scale", type=float, default=1.0)
    parser.add_argument("--scale", type=int, default=1, help="enlarge the sheet by this factor")
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.of == "reconstructions":
        rows = reconstruction_rows(load_vae(options.model), options.count)
    else:
        pipe = load_pipeline(options.model)
        rows = sample_rows(
            pipe, options.count, steps=options.steps, guidance_scale=options.guidance_scale
        )
    sheet = draw_sheet(rows)
    size = (sheet.width * options.scale, sheet.height * options.scale)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    sheet.resize(size, PIL.Image.Resampling.NEAREST).save(options.out, optimize=True)


if __name__ == "__main__":
    main()
