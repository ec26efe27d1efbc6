"""The closed lists of OmitI2V-Open: subcategories, question dimensions, domains, difficulties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from omiti2v.samples import Category, Difficulty

SAMPLES_PER_CATEGORY: Mapping[Category, int] = MappingProxyType(
    {"modification": 125, "addition": 122, "deletion": 120}
)
"""The published numbers of OmitI2V, which OmitI2V-Open follows."""


@dataclass(frozen=True)
class Term:
    """An entry of a closed list.

    Attributes:
        name: As it stands in a sample.
        definition: What belongs here.
        example: A prompt, or for a dimension a question.
    """

    name: str
    definition: str
    example: str


SUBCATEGORIES: Mapping[Category, tuple[Term, ...]] = MappingProxyType(
    {
        "modification": (
            Term(
                "colour",
                "A thing changes its colour; shape and material stay.",
                "The white sports car turns bright red, from the bonnet to the rear",
            ),
            Term(
                "material",
                "A thing becomes made of something else in the same shape.",
                "The stone pyramid turns into clear glass from its tip down to the sand",
            ),
            Term(
                "pose",
                "A living thing takes a new posture and stays in it.",
                "The German shepherd sits down on its haunches in the dry grass",
            ),
            Term(
                "action",
                "Something does what it did not do before: a movement that goes on or repeats.",
                "The gorilla beats its chest with both fists among the leaves",
            ),
            Term(
                "expression",
                "A face changes: eyes, mouth, mood.",
                "The young woman in white breaks into a broad smile that shows her teeth",
            ),
            Term(
                "size",
                "A thing grows or shrinks on its place.",
                "The crab on the grey sand shrinks to about half its size",
            ),
            Term(
                "state",
                "Open or closed, lit or dark, full or empty, upright or tipped, frozen, dried, "
                "grown.",
                "The running stream between the rocks freezes into white ice",
            ),
            Term(
                "weather",
                "The weather changes: rain, snow, fog, storm.",
                "Dense fog rolls in over the ruins until the peak behind them is hidden",
            ),
            Term(
                "time_of_day",
                "The light changes to another time of day.",
                "Night falls over the rock desert and stars fill the dark sky",
            ),
            Term(
                "season",
                "Plants and ground change to another season.",
                "The orange autumn forest below the mountain turns into fresh summer green",
            ),
            Term(
                "text",
                "Letters or digits that are there change into others.",
                "The headline NEWS on the folded paper changes letter by letter into WORLD",
            ),
        ),
        "addition": (
            Term(
                "object",
                "A thing without life that fits none of the other entries comes in.",
                "A red and white beach ball rolls in from the left and stops behind the child",
            ),
            Term(
                "animal",
                "An animal comes in.",
                "A white egret flies in from the right and lands on the bison's back",
            ),
            Term(
                "person",
                "A human being comes in.",
                "A hiker with a red backpack walks up the dirt trail towards the peaks",
            ),
            Term(
                "vehicle",
                "Something that people travel or work in: boat, car, aircraft, rover.",
                "A wooden rowing boat glides in from the left on the river before the castle",
            ),
            Term(
                "food",
                "Something to eat or drink comes in.",
                "Golden syrup is poured over the stack of pancakes and runs down its sides",
            ),
            Term(
                "plant",
                "A plant, or part of one, grows or is put in.",
                "Two red mushrooms with white dots grow out of the grass before the hedgehog",
            ),
            Term(
                "clothing",
                "Something to wear is put on somebody or something.",
                "A red knitted hat with a bobble drops onto the alpaca's head",
            ),
            Term(
                "effect",
                "Light, fire, smoke, steam, water, bubbles, lightning, a rainbow.",
                "A fork of lightning strikes down over the towers of the grey city",
            ),
            Term(
                "text",
                "Letters or digits appear where none were.",
                "The word WINNER is written across the empty middle of the certificate",
            ),
            Term(
                "part",
                "A thing or being gets a part that it did not have.",
                "A brick chimney rises from the right side of the red roof",
            ),
        ),
        "deletion": (
            Term(
                "animal",
                "An animal goes.",
                "The bee turns away from the blossoms and flies off through the left edge",
            ),
            Term(
                "person",
                "A human being goes.",
                "The conductor steps down from the podium and walks off the stage",
            ),
            Term(
                "object",
                "A thing without life that fits none of the other entries goes.",
                "The brown electric guitar is lifted up and carried out at the top",
            ),
            Term(
                "food",
                "Something to eat or drink goes.",
                "The chopsticks grip the roll below them and lift it out of the frame",
            ),
            Term(
                "plant",
                "A plant, or part of one, goes.",
                "Wind blows all the seeds off the nearest dandelion until only its stem is left",
            ),
            Term(
                "clothing",
                "Something worn goes.",
                "A gust lifts the straw hat off the seated woman's head and carries it away",
            ),
            Term(
                "part",
                "A part goes while the rest of the thing or being stays.",
                "Saturn's rings break up into dust and vanish, leaving the bare planet",
            ),
            Term(
                "structure",
                "A building, a monument, or a landform that stands like one goes.",
                "The lone rock stack crumbles and slides into the deep blue sea",
            ),
            Term(
                "sky",
                "Sun, moon, planet or clouds go.",
                "The Earth sinks behind the grey horizon of the Moon until it is gone",
            ),
            Term(
                "effect",
                "Light, flame, smoke, steam, spray, lightning or a reflection goes.",
                "The steam rising from the volcanic vents thins out and stops",
            ),
            Term(
                "text",
                "Letters or digits go and leave their ground blank.",
                "The title on the grey book cover fades until its upper part is blank",
            ),
        ),
    }
)

DIMENSIONS: tuple[Term, ...] = (
    Term(
        "object_presence",
        "Whether a thing, being or effect is there.",
        "Is there a rowing boat on the river at the end of the video?",
    ),
    Term(
        "attribute",
        "Colour, material, size or another lasting property of something.",
        "Is the sports car red at the end of the video?",
    ),
    Term(
        "action_correctness",
        "Whether an event happens, and happens as told: what moves, how, from where to where. "
        "A still picture shows no event, so the reference answer is always no.",
        "Does the hen on the far left walk out through the left edge?",
    ),
    Term(
        "count",
        "How many there are.",
        "Are there exactly three hens at the end of the video?",
    ),
    Term(
        "spatial_relation",
        "Where something is, in relation to something else or to the picture.",
        "Is the ball behind the child at the end of the video?",
    ),
    Term(
        "state",
        "Posture, expression, weather, light, open or closed, full or empty, and the like.",
        "Is the turtle's head inside its shell at the end of the video?",
    ),
    Term(
        "text",
        "What letters or digits read, or whether there are any.",
        "Does the headline of the paper read NEWS at the end of the video?",
    ),
    Term(
        "subject_preservation",
        "Whether a thing or being in the foreground that the edit leaves alone is kept as it was. "
        "Preserve questions only.",
        "Is the saucer red at the end of the video?",
    ),
    Term(
        "background_preservation",
        "Whether the surroundings that the edit leaves alone are kept as they were. "
        "Preserve questions only.",
        "Can the brick path be seen at the end of the video?",
    ),
)

DOMAINS: Mapping[str, str] = MappingProxyType(
    {
        "living-beings": "Living Beings",
        "nature-environment": "Nature & Environment",
        "arts-entertainment": "Arts & Entertainment",
        "objects": "Objects",
        "structures": "Structures",
        "technology-virtual": "Technological & Virtual Elements",
        "text-communication": "Text & Communication",
        "food-necessities": "Food & Necessities",
    }
)
"""From the image manifest's `domain` to the name in the published chart."""

DIFFICULTIES: Mapping[Difficulty, str] = MappingProxyType(
    {
        "easy": "One salient thing changes in one step; nothing else in view could be mistaken "
        "for it.",
        "medium": "The thing must be told from others, or the change has a manner, a place or a "
        "limit that can go wrong.",
        "hard": "A small thing, one of several alike, a count, letters or digits, a face, or a "
        "change in two steps.",
    }
)

SUBCATEGORY_NAMES: Mapping[Category, frozenset[str]] = MappingProxyType(
    {category: frozenset(term.name for term in terms) for category, terms in SUBCATEGORIES.items()}
)
DIMENSION_NAMES = frozenset(term.name for term in DIMENSIONS)
PRESERVING_DIMENSIONS = frozenset({"subject_preservation", "background_preservation"})
DOMAIN_NAMES = frozenset(DOMAINS.values())
