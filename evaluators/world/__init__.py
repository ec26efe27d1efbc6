"""A rendered world in which every answer is known."""

from evaluators.world.build import Scene, make_scene, make_scenes, true_answers
from evaluators.world.edition import write_edition, write_submission
from evaluators.world.render import render_frames, render_reference
from evaluators.world.settings import Background, Nuisances, Photograph, WorldSettings
from evaluators.world.vocabulary import BEHAVIOURS, KINDS, WORDS, Behaviour, Kind
from omiti2v.mp4 import write_mp4

__all__ = [
    "BEHAVIOURS",
    "KINDS",
    "WORDS",
    "Background",
    "Behaviour",
    "Kind",
    "Nuisances",
    "Photograph",
    "Scene",
    "WorldSettings",
    "make_scene",
    "make_scenes",
    "render_frames",
    "render_reference",
    "true_answers",
    "write_edition",
    "write_mp4",
    "write_submission",
]
