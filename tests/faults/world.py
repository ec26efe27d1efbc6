"""What the commands start from: annotations, videos, a card, and a package with a judge."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import PIL.Image

from omiti2v.dataset.card import BEGIN, END
from omiti2v.mp4 import write_mp4
from omiti2v.records import write_records
from omiti2v.samples import CATEGORIES, Question, Sample

SAMPLES, VIDEOS = 12, 4
PLUGIN = Path(__file__).parents[1] / "data" / "plugin" / "omiti2v_brightness"


def make_world(folder: Path) -> Path:
    """Write all that into a new folder."""
    annotations = folder / "annotations"
    (annotations / "images" / "licences").mkdir(parents=True)
    (annotations / "images" / "licences" / "CC0-1.0.txt").write_text("None.\n")
    samples = [_sample(number) for number in range(SAMPLES)]
    for category in CATEGORIES:
        members = [sample for sample in samples if sample.category == category]
        write_records(annotations / f"{category}.jsonl", members)
    for number, sample in enumerate(samples):
        coarse = np.random.default_rng(number).integers(0, 120, (4, 5, 3), dtype=np.uint8)
        picture = PIL.Image.fromarray(coarse).resize((64, 48), PIL.Image.BICUBIC)
        picture.save(annotations / sample.image)
        if number < VIDEOS:
            frames = np.repeat(np.asarray(picture)[None], 4, axis=0)
            frames[2:] += np.uint8(60 * (number % 2))
            write_mp4(folder / "videos" / f"{sample.id}.mp4", frames, fps=8)
    (folder / "videos" / "submission.yaml").write_text("name: brightly\n")
    (folder / "card.md").write_text(f"# Card\n{BEGIN}\n{END}\n")
    (folder / "board").mkdir()
    return folder


def make_packages(folder: Path) -> Path:
    """Install the packages of the tests of plugins, as pip would."""
    shutil.copytree(PLUGIN, folder / "omiti2v_brightness")
    about = folder / "omiti2v_brightness-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Name: omiti2v-brightness\nVersion: 1\n")
    judge = "brighter = omiti2v_brightness.judge:BrighterJudge"
    (about / "entry_points.txt").write_text(f"[omiti2v.judges]\n{judge}\n")
    return folder


def _sample(number: int) -> Sample:
    questions = [
        Question(
            id=f"q{place}",
            question=f"Question {place} about {number}?",
            dimension="object_presence",
            expected_answer="yes",
            reference_answer=before,
        )
        for place, before in enumerate(("no", "yes"))
    ]
    return Sample(
        id=f"s{number:03}",
        image=f"images/s{number:03}.png",
        prompt=f"Change number {number} happens",
        category=CATEGORIES[number % 3],
        domain="Objects",
        subcategory="object",
        image_type="real",
        difficulty="easy",
        expected_change=f"Change {number} is seen",
        caption_before=f"Scene {number} as it was",
        caption_after=f"Scene {number} with its change",
        licence="CC0-1.0",
        attribution="nobody",
        source="made here",
        changes="none",
        questions=tuple(questions),
    )
