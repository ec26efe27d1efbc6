"""A small contrast set: three samples on made images whose ball moves out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from PIL import Image, ImageDraw

from evaluators.contrast.contrast_set import ContrastSet, load_contrast
from omiti2v.editions import Edition, load_edition_folder
from omiti2v.records import write_records
from omiti2v.samples import CATEGORIES, Facet, Question, Sample

WIDTH, HEIGHT = 96, 64
BALL = (40, 24, 56, 40)
"""Where the picture's ball lies: left, top, right, bottom."""

EVENT = {"q1": "yes: it moves", "q2": "no: it is gone", "q3": "yes: the sky is blue"}
NOTHING = {"q1": "no: nothing moves", "q2": "yes: it is there", "q3": "yes: the sky is blue"}

LEAVES: dict[str, Any] = {
    "frames": 33,
    "layers": {
        "ball": {
            "kind": "piece",
            "mask": "ball",
            "path": [{"t": 0.2}, {"t": 0.8, "x": 1.0}],
        }
    },
    "clips": {
        "right": {"answers": EVENT},
        "pops_up": {
            "breaks": ["f2"],
            "change": {
                "ball": None,
                "gone": {"kind": "erase", "mask": "ball", "time": [0.4, 0.6]},
            },
            "answers": {**EVENT, "q1": "no: it fades on its spot"},
        },
        "still": {"breaks": ["f1", "f2"]},
        "camera_only": {"breaks": ["f1", "f2"], "camera": {"zoom": 1.2}},
    },
}
"""The recipe that all three samples have, less their ids."""


@pytest.fixture(scope="session")
def small_edition(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    folder = tmp_path_factory.mktemp("edition")
    picture = Image.new("RGB", (WIDTH, HEIGHT), (90, 140, 220))
    ImageDraw.Draw(picture).ellipse(BALL, fill=(200, 40, 30))
    picture.save(folder / "ball.png")
    write_records(
        folder / "samples.jsonl",
        [
            Sample(
                id=f"{category}-001",
                image="ball.png",
                prompt="The ball moves out",
                category=category,
                people="none",
                facets=(
                    Facet(id="f1", kind="identity", text="ball"),
                    Facet(id="f2", kind="manner", text="moves out"),
                    Facet(id="f3", kind="stays", text="sky"),
                ),
                questions=tuple(
                    Question(
                        id=name,
                        question=text,
                        dimension=dimension,
                        expected_answer=EVENT[name].split(":")[0],  # type: ignore[arg-type]
                        reference_answer=NOTHING[name].split(":")[0],  # type: ignore[arg-type]
                        facet=facet,
                    )
                    for name, text, dimension, facet in (
                        ("q1", "Does the ball move out?", "action_correctness", "f2"),
                        ("q2", "Is there a ball at the end?", "object_presence", "f1"),
                        ("q3", "Is the sky blue at the end?", "background_preservation", "f3"),
                    )
                ),
            )
            for category in CATEGORIES
        ],
    )
    return load_edition_folder(folder)


@pytest.fixture
def make_set(tmp_path: Path, small_edition: Edition) -> Callable[..., ContrastSet]:
    """Builds a set from a recipe for each sample; `LEAVES` where none is given."""

    def build(recipe: dict[str, Any] = LEAVES, **fields: Any) -> ContrastSet:
        folder = tmp_path / "set"
        (folder / "sprites").mkdir(parents=True, exist_ok=True)
        ball = np.zeros((20, 20, 4), np.uint8)
        y, x = np.mgrid[0:20, 0:20] - 9.5
        ball[np.hypot(x, y) < 9.5] = (30, 160, 60, 255)
        Image.fromarray(ball).save(folder / "sprites" / "ball.png")
        Image.fromarray(np.full((40, 50, 3), (250, 240, 10), np.uint8)).save(
            folder / "sprites" / "yellow.png"
        )
        for sample in small_edition.samples:
            masks = folder / "masks" / sample.id
            masks.mkdir(parents=True, exist_ok=True)
            mask = Image.new("1", (WIDTH, HEIGHT))
            ImageDraw.Draw(mask).ellipse(BALL, fill=1)
            mask.save(masks / "ball.png")
            text = yaml.safe_dump({"sample": sample.id, **recipe, **fields})
            (folder / f"{sample.id}.yaml").write_text(text)
        return load_contrast(folder, edition=small_edition)

    return build
