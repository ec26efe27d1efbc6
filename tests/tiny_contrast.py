"""A small contrast set of its own: made-up pictures on which a glow comes, rightly or wrongly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import yaml

from evaluators.contrast.contrast_set import ContrastSet, load_contrast
from evaluators.contrast.store import default_clip_cache, rendered
from omiti2v.editions import Edition
from omiti2v.samples import Facet, Sample

FACETS = {"q1": "f1", "q2": "f2", "q3": "f3", "q4": "f3"}
RIGHT = {"q1": "yes", "q2": "no", "q3": "yes", "q4": "no"}
CLIPS = {
    "right": RIGHT,
    "wrong_attribute": RIGHT | {"q1": "no"},
    "too_late": RIGHT | {"q2": "yes"},
    "still": {"q1": "no", "q2": "yes", "q3": "yes", "q4": "no"},
}
"""The true answers by kind of clip. Only every second sample has a clip that is too late."""
CHANGES: dict[str, dict[str, object]] = {
    "wrong_attribute": {"glow": {"color": "#3050ff"}},
    "too_late": {"glow": {"time": [0.8, 1.0]}},
}


def kinds_of(number: int) -> list[str]:
    """The kinds of clips that a sample has."""
    return [kind for kind in CLIPS if kind != "too_late" or number % 2 == 0]


def tiny_contrast(
    folder: Path,
    make_edition: Callable[..., Edition],
    make_samples: Callable[..., Sequence[Sample]],
    *,
    count: int,
) -> ContrastSet:
    """Write the set into `recipes/` and its edition into `edition/`, and render its clips.

    They are rendered here, in one process, into the cache that the environment names.
    """
    samples = [_with_facets(sample, number) for number, sample in enumerate(make_samples(count))]
    edition = make_edition(folder / "edition", samples=samples)
    recipes = folder / "recipes"
    recipes.mkdir()
    for number, sample in enumerate(samples):
        clips = {
            kind: {
                "answers": {name: f"{answer}: as made" for name, answer in CLIPS[kind].items()},
                "change": CHANGES.get(kind, {}),
            }
            for kind in kinds_of(number)
        }
        glow = {"kind": "light", "at": [0.5, 0.4], "radius": 0.4, "strength": 2.0}
        recipe = {
            "sample": sample.id,
            "frames": 33,
            "seed": number,
            "layers": {"glow": glow | {"time": [0.1, 0.6]}},
            "clips": clips,
        }
        (recipes / f"{sample.id}.yaml").write_text(yaml.safe_dump(recipe))
    found = load_contrast(recipes, edition=edition)
    clips_of_all = [clip for sample in found.samples for clip in found.clips[sample.id]]
    for _ in rendered(found, clips_of_all, cache=default_clip_cache(), workers=1):
        pass
    return found


def _with_facets(sample: Sample, number: int) -> Sample:
    return sample.model_copy(
        update={
            "subcategory": "object" if number % 2 else "light",
            "people": "none" if number % 3 else "present",
            "facets": (
                Facet(id="f1", kind="identity", text="number"),
                Facet(id="f2", kind="order", text="happens"),
                Facet(id="f3", kind="stays", text="all else"),
            ),
            "questions": tuple(
                question.model_copy(update={"facet": FACETS[question.id]})
                for question in sample.questions
            ),
        }
    )
