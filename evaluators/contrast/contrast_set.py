"""The contrast set: recipes on samples of OmitI2V-Open."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from evaluators.contrast.pictures import Pictures, file_digest
from evaluators.contrast.recipe import FPS, Clip, clips_of, read_recipe
from evaluators.contrast.render import RENDERER
from omiti2v.dataset.load import load_edition
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.records import json_digest
from omiti2v.samples import CATEGORIES, Sample

MASKS, SPRITES = "masks", "sprites"


@dataclass(frozen=True)
class ContrastSet:
    """Clips with known answers.

    Attributes:
        folder: Of the recipes, with `masks/` and `sprites/`.
        edition: Whose samples they are of.
        samples: Those that have clips, in the edition's order.
        clips: Of each sample, by its id; the right one first.
    """

    folder: Path
    edition: Edition
    samples: tuple[Sample, ...]
    clips: dict[str, tuple[Clip, ...]]

    def pictures(self, sample: Sample) -> Pictures:
        """What a sample's clips are made of.

        Raises:
            UserError: Its image can't be read.
        """
        return Pictures(
            self.edition.image_path(sample),
            masks=self.folder / MASKS / sample.id,
            sprites=self.folder / SPRITES,
        )

    def stratified(self, limit: int) -> tuple[Sample, ...]:
        """Some of the samples: categories as even as they come, the same ones every time.

        Args:
            limit: How many; all where there are no more.
        """
        rng = random.Random(0)  # noqa: S311 (no secret)
        stacks = []
        for category in CATEGORIES:
            stack = [sample for sample in self.samples if sample.category == category]
            rng.shuffle(stack)
            stacks.append(stack)
        turns = [
            stack[turn]
            for turn in range(max(map(len, stacks), default=0))
            for stack in stacks
            if turn < len(stack)
        ]
        chosen = {sample.id for sample in turns[:limit]}
        return tuple(sample for sample in self.samples if sample.id in chosen)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over all clips and the true answers about them, 64 hex digits.

        Raises:
            UserError: A mask or a sprite can't be read.
        """
        return json_digest(
            [
                [sample.id, clip.kind, self.digest(clip), clip.answers]
                for sample in self.samples
                for clip in self.clips[sample.id]
            ]
        )

    def digest(self, clip: Clip) -> str:
        """Of all that a clip's frames and file follow from, whatever its answers are."""
        return json_digest(
            {
                "renderer": RENDERER,
                "image": self.edition.image_sha256[clip.sample.id],
                "layers": [layer.model_dump(mode="json") for layer in clip.layers],
                "files": [file_digest(path) for path in clip_files(clip, self.folder)],
                "camera": clip.camera.model_dump(mode="json"),
                "length": [clip.frames, FPS, clip.crf],
                "noise": [clip.seed, clip.grain],
            }
        )


def contrast_folder() -> Path:
    """Where the recipes lie: in the package, or beside it in a checkout.

    Raises:
        UserError: In neither.
    """
    packed = Path(__file__).parent / "data"
    checkout = Path(__file__).parents[2] / "annotations" / "contrast"
    for folder in (packed, checkout):
        if folder.is_dir():
            return folder
    raise UserError(f"{packed}: the contrast set is missing; install the package anew")


def load_contrast(folder: Path | None = None, *, edition: Edition | None = None) -> ContrastSet:
    """Read the contrast set.

    Args:
        folder: Of the recipes; the project's own where None.
        edition: Whose samples they are of; OmitI2V-Open where None.

    Raises:
        UserError: A recipe can't be read, is none, or is of no sample of the edition.
    """
    place = folder or contrast_folder()
    whole = edition or load_edition()
    paths = sorted(place.glob("*.yaml"))
    if not paths:
        raise UserError(f"{place}: holds no recipes (*.yaml)")
    by_id = {sample.id: sample for sample in whole.samples}
    clips = {}
    for path in paths:
        recipe = read_recipe(path)
        if recipe.sample not in by_id or recipe.sample != path.stem:
            raise UserError(
                f"{path}: sample {recipe.sample!r}: expected the file's name, and a sample of "
                f"{whole.name}"
            )
        clips[recipe.sample] = tuple(clips_of(recipe, by_id[recipe.sample], where=str(path)))
    samples = tuple(sample for sample in whole.samples if sample.id in clips)
    return ContrastSet(place, whole, samples, clips)


def clip_files(clip: Clip, folder: Path) -> Sequence[Path]:
    """The masks, fills and sprites of a clip, in the order of its layers.

    Args:
        clip: The clip.
        folder: Of the set.
    """
    masks, sprites = folder / MASKS / clip.sample.id, folder / SPRITES
    found: list[Path] = []
    for layer in clip.layers:
        names: list[str] = []
        for field in ("mask", "within"):
            if value := getattr(layer, field, None):
                names.append(value)
        behind = getattr(layer, "behind", ())
        names += [behind] if isinstance(behind, str) else list(behind)
        found += [masks / (name if name.endswith(".png") else f"{name}.png") for name in names]
        fill = getattr(layer, "fill", None)
        if isinstance(fill, str) and fill != "inpaint":
            found.append(masks / fill)
        for field in ("picture", "texture"):
            if value := getattr(layer, field, None):
                found.append(sprites / value)
    return found
