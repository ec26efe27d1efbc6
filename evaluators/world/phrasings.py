"""The families of question: what each is about, and how it may be put."""

from __future__ import annotations

_MOMENTS = {"<end>": "at the end of the video", "<ever>": "at any time in the video"}

# Each family's dimension, then its phrasings. Their order is part of the world: they are drawn by
# their position.
_FAMILIES: dict[str, tuple[str, ...]] = {
    "present_end": (
        "object_presence",
        "is there a {look} <end>",
        "<end>, is there a {look}",
        "can a {look} be seen <end>",
    ),
    "present_any": (
        "object_presence",
        "is there a {look} <ever>",
        "can a {look} be seen <ever>",
    ),
    "gone": ("object_presence", "is the {look} gone <end>", "<end>, is the {look} gone"),
    "colour_end": ("attribute", "is the {shape} {colour} <end>", "<end>, is the {shape} {colour}"),
    "colour_in_place": (
        "attribute",
        "is the shape in the {place} {colour} <end>",
        "<end>, is the shape in the {place} {colour}",
    ),
    "shape_in_place": (
        "attribute",
        "is the shape in the {place} a {shape} <end>",
        "<end>, is there a {shape} in the {place}",
    ),
    "comes": ("action_correctness", "does a {look} appear <ever>", "<ever>, does a {look} appear"),
    "goes": (
        "action_correctness",
        "does the {look} disappear <ever>",
        "<ever>, does the {look} disappear",
    ),
    "turns_colour": (
        "action_correctness",
        "does the {look} turn {colour} <ever>",
        "<ever>, does the {look} become {colour}",
    ),
    "turns_shape": (
        "action_correctness",
        "does the {look} turn into a {shape} <ever>",
        "<ever>, does the {look} become a {shape}",
    ),
    "turns_size": (
        "action_correctness",
        "does the {look} become much {compared} <ever>",
        "<ever>, does the {look} become much {compared}",
    ),
    "moves": (
        "action_correctness",
        "does the {look} move to the {place} <ever>",
        "<ever>, does the {look} move to the {place}",
    ),
    "count": (
        "count",
        "{are} there exactly {number} {shapes} <end>",
        "<end>, {are_low} there exactly {number} {shapes}",
    ),
    "count_compared": (
        "count",
        "are there {compared} shapes <end> than at the start",
        "<end>, are there {compared} shapes than at the start",
    ),
    "in_place": (
        "spatial_relation",
        "is there a {look} in the {place} <end>",
        "<end>, is there a {look} in the {place}",
    ),
    "any_in_place": (
        "spatial_relation",
        "is there a shape in the {place} <end>",
        "<end>, is there a shape in the {place}",
    ),
    "related": (
        "spatial_relation",
        "is the {look} {direction} the {other} <end>",
        "<end>, is the {look} {direction} the {other}",
    ),
    "resized": (
        "state",
        "is the {look} much {compared} <end> than at the start",
        "<end>, is the {look} much {compared} than at the start",
    ),
    "same_trait": (
        "state",
        "is the {trait} of the {look} about the same <end> as at the start",
        "<end>, is the {trait} of the {look} about the same as at the start",
    ),
    "still_present": (
        "subject_preservation",
        "is there still a {look} <end>",
        "<end>, is there still a {look}",
        "can the {look} still be seen <end>",
    ),
    "still_in_place": (
        "subject_preservation",
        "is the {look} still in the {place} <end>",
        "<end>, is the {look} still in the {place}",
    ),
    "background": (
        "background_preservation",
        "can the background still be seen <end>",
        "<end>, can the background still be seen",
    ),
    "black": (
        "background_preservation",
        "is the picture all black <end>",
        "<end>, is the picture all black",
    ),
    "turns_black": ("background_preservation", "does the picture turn black <ever>"),
}


def _question(phrasing: str) -> str:
    for name, moment in _MOMENTS.items():
        phrasing = phrasing.replace(name, moment)
    return f"{phrasing[0].upper()}{phrasing[1:]}?"


PHRASINGS: dict[str, tuple[str, tuple[str, ...]]] = {
    family: (dimension, tuple(map(_question, phrasings)))
    for family, (dimension, *phrasings) in _FAMILIES.items()
}
"""Each family's dimension and phrasings."""
