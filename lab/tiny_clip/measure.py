"""How well the tiny CLIP finds the caption of a picture, on scenes that it was not trained on."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import open_clip
import torch
from torch.nn import functional

from lab.tiny_clip.model import as_input
from lab.tiny_clip.pairs import make_pairs

HELD_OUT_SEED = 1_000_017
SCENES, CROWD = 600, 100

Counts = dict[str, tuple[int, int]]
"""Right answers and questions by name."""


def main() -> None:
    """Measure a model's folder and print what was found, as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, help="a trained model")
    print(json.dumps(measure(parser.parse_args().folder), indent=1))


def measure(folder: Path, *, scenes: int = SCENES) -> Counts:
    """Retrieval of captions and pictures on held-out scenes, through open_clip's own loading.

    Args:
        folder: A trained model.
        scenes: How many, a multiple of 100.
    """
    name = f"local-dir:{folder}"
    model, _ = open_clip.create_model_from_pretrained(name)
    tokenizer = open_clip.get_tokenizer(name)
    pairs = make_pairs(scenes, seed=HELD_OUT_SEED, compressed=True)
    with torch.inference_mode():
        frames = torch.from_numpy(pairs.frames).flatten(0, 1)
        seen = functional.normalize(model.encode_image(as_input(frames)), dim=-1)
        texts = [caption for both in pairs.captions for caption in both]
        told = functional.normalize(model.encode_text(tokenizer(texts)), dim=-1)
    seen, told = (vectors.view(scenes, 2, -1) for vectors in (seen, told))
    counts = {"caption of the picture among 100": 0, "picture of the caption among 100": 0}
    truth = torch.arange(CROWD)
    for start in range(0, scenes, CROWD):
        crowd = slice(start, start + CROWD)
        scores = seen[crowd, 1] @ told[crowd, 1].T
        counts["caption of the picture among 100"] += int((scores.argmax(1) == truth).sum())
        counts["picture of the caption among 100"] += int((scores.argmax(0) == truth).sum())
    result = {key: (right, scenes) for key, right in counts.items()}
    scores = seen @ told.transpose(1, 2)
    before = scores[:, 0, 0] > scores[:, 0, 1]
    after = scores[:, 1, 1] > scores[:, 1, 0]
    result["first frame fits the caption before better"] = (int(before.sum()), scenes)
    result["last frame fits the caption after better"] = (int(after.sum()), scenes)
    way = functional.cosine_similarity(seen[:, 1] - seen[:, 0], told[:, 1] - told[:, 0], dim=-1)
    result["frames change as the captions do (cosine above 0.3)"] = (int((way > 0.3).sum()), scenes)
    return result


if __name__ == "__main__":
    main()
