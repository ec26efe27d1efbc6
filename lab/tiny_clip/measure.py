"""How well the tiny CLIP finds the caption of a picture, on scenes that it was not trained on."""

from __future__ import annotations

import argparse
import json
import logging
from pathlib import Path

import open_clip
import torch
from torch.nn import functional

from lab.tiny_clip.model import as_input
from lab.tiny_clip.pairs import make_pairs

logger = logging.getLogger(__name__)

HELD_OUT_SEED = 1_000_017
SCENES, CROWD = 600, 100

Counts = dict[str, tuple[int, int]]
"""Right answers and questions by name."""

CARD = """\
---
license: apache-2.0
library_name: open_clip
---
# The tiny CLIP

An open_clip model with {parameters:.2f} million parameters, trained from scratch in minutes on one
thread on pictures and captions of the known-answer world of omiti2v (coloured shapes on plain and
gradient backgrounds, 64x64 pixels). It lets the CLIP metrics be tried and tested offline.

It knows nothing of photographs, nor of any word outside the world's captions and prompts: unknown
words are read as one and the same. Its numbers on other videos mean nothing.

```python
import open_clip
name = "local-dir:lab/tiny_clip/weights"
model, transform = open_clip.create_model_from_pretrained(name)
tokenizer = open_clip.get_tokenizer(name)
```

Trained with `python -m lab.tiny_clip.train --out FOLDER`; the log is `training.log`. The
training is seeded and short, and not resumable.

## Measured
`python -m lab.tiny_clip.measure FOLDER`: {scenes} scenes of a seed that training never sees,
after H.264 compression with noise, blur and changes of brightness.

| | right | of |
| --- | ---: | ---: |
{rows}
"""


def main() -> None:
    """Measure a model's folder and write its card."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, help="a trained model; its README.md is written")
    folder = parser.parse_args().folder
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logger.setLevel(logging.INFO)
    counts = measure(folder)
    logger.info("%s", json.dumps(counts))
    write_card(folder, counts)


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


def write_card(folder: Path, counts: Counts) -> None:
    """Write the model's `README.md`.

    Args:
        folder: The model.
        counts: What was measured.
    """
    model, _ = open_clip.create_model_from_pretrained(f"local-dir:{folder}")
    parameters = sum(tensor.numel() for tensor in model.parameters())
    scenes = max(asked for _, asked in counts.values())
    rows = [f"| {name} | {right / n:.1%} | {n} |" for name, (right, n) in counts.items()]
    text = CARD.format(parameters=parameters / 1e6, scenes=scenes, rows="\n".join(rows))
    (folder / "README.md").write_text(text)


if __name__ == "__main__":
    main()
