"""The families of question: what each is about, and how it may be put."""

from __future__ import annotations

PHRASINGS: dict[str, tuple[str, tuple[str, ...]]] = {
    "present_end": (
        "object_presence",
        (
            "Is there a {look} at the end of the video?",
            "At the end of the video, is there a {look}?",
            "Can a {look} be seen at the end of the video?",
        ),
    ),
    "present_any": (
        "object_presence",
        (
            "Is there a {look} at any time in the video?",
            "Can a {look} be seen at any time in the video?",
        ),
    ),
    "gone": (
        "object_presence",
        (
            "Is the {look} gone at the end of the video?",
            "At the end of the video, is the {look} gone?",
        ),
    ),
    "colour_end": (
        "attribute",
        (
            "Is the {shape} {colour} at the end of the video?",
            "At the end of the video, is the {shape} {colour}?",
        ),
    ),
    "colour_in_place": (
        "attribute",
        (
            "Is the shape in the {place} {colour} at the end of the video?",
            "At the end of the video, is the shape in the {place} {colour}?",
        ),
    ),
    "shape_in_place": (
        "attribute",
        (
            "Is the shape in the {place} a {shape} at the end of the video?",
            "At the end of the video, is there a {shape} in the {place}?",
        ),
    ),
    "comes": (
        "action_correctness",
        (
            "Does a {look} appear at any time in the video?",
            "At any time in the video, does a {look} appear?",
        ),
    ),
    "goes": (
        "action_correctness",
        (
            "Does the {look} disappear at any time in the video?",
            "At any time in the video, does the {look} disappear?",
        ),
    ),
    "turns_colour": (
        "action_correctness",
        (
            "Does the {look} turn {colour} at any time in the video?",
            "At any time in the video, does the {look} become {colour}?",
        ),
    ),
    "turns_shape": (
        "action_correctness",
        (
            "Does the {look} turn into a {shape} at any time in the video?",
            "At any time in the video, does the {look} become a {shape}?",
        ),
    ),
    "turns_size": (
        "action_correctness",
        (
            "Does the {look} become much {compared} at any time in the video?",
            "At any time in the video, does the {look} become much {compared}?",
        ),
    ),
    "moves": (
        "action_correctness",
        (
            "Does the {look} move to the {place} at any time in the video?",
            "At any time in the video, does the {look} move to the {place}?",
        ),
    ),
    "count": (
        "count",
        (
            "{are} there exactly {number} {shapes} at the end of the video?",
            "At the end of the video, {are_low} there exactly {number} {shapes}?",
        ),
    ),
    "count_compared": (
        "count",
        (
            "Are there {compared} shapes at the end of the video than at the start?",
            "At the end of the video, are there {compared} shapes than at the start?",
        ),
    ),
    "in_place": (
        "spatial_relation",
        (
            "Is there a {look} in the {place} at the end of the video?",
            "At the end of the video, is there a {look} in the {place}?",
        ),
    ),
    "any_in_place": (
        "spatial_relation",
        (
            "Is there a shape in the {place} at the end of the video?",
            "At the end of the video, is there a shape in the {place}?",
        ),
    ),
    "related": (
        "spatial_relation",
        (
            "Is the {look} {direction} the {other} at the end of the video?",
            "At the end of the video, is the {look} {direction} the {other}?",
        ),
    ),
    "resized": (
        "state",
        (
            "Is the {look} much {compared} at the end of the video than at the start?",
            "At the end of the video, is the {look} much {compared} than at the start?",
        ),
    ),
    "same_trait": (
        "state",
        (
            "Is the {trait} of the {look} about the same at the end of the video as at the start?",
            "At the end of the video, is the {trait} of the {look} about the same as at the start?",
        ),
    ),
    "still_present": (
        "subject_preservation",
        (
            "Is there still a {look} at the end of the video?",
            "At the end of the video, is there still a {look}?",
            "Can the {look} still be seen at the end of the video?",
        ),
    ),
    "still_in_place": (
        "subject_preservation",
        (
            "Is the {look} still in the {place} at the end of the video?",
            "At the end of the video, is the {look} still in the {place}?",
        ),
    ),
    "background": (
        "background_preservation",
        (
            "Can the background still be seen at the end of the video?",
            "At the end of the video, can the background still be seen?",
        ),
    ),
    "black": (
        "background_preservation",
        (
            "Is the picture all black at the end of the video?",
            "At the end of the video, is the picture all black?",
        ),
    ),
    "turns_black": (
        "background_preservation",
        ("Does the picture turn black at any time in the video?",),
    ),
}
"""Each family's dimension and phrasings."""
