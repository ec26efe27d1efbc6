"""The closed sets that the world is made of, and every word its questions use."""

from __future__ import annotations

from typing import Literal, get_args

from omiti2v.samples import Category

# Their order is part of the world: a scene is drawn by position.
Shape = Literal["circle", "square", "triangle", "cross"]
Colour = Literal["red", "green", "blue", "yellow", "purple", "white"]
Size = Literal["small", "big"]
Place = Literal["top left", "top right", "bottom left", "bottom right"]
Kind = Literal["appears", "disappears", "colour", "shape", "size", "place"]
Behaviour = Literal[
    "done", "still", "wrong_object", "too_late", "flicker", "camera_only", "blank", "text"
]

SHAPES: tuple[Shape, ...] = get_args(Shape)
COLOURS: tuple[Colour, ...] = get_args(Colour)
SIZES: tuple[Size, ...] = get_args(Size)
PLACES: tuple[Place, ...] = get_args(Place)
KINDS: tuple[Kind, ...] = get_args(Kind)
BEHAVIOURS: tuple[Behaviour, ...] = get_args(Behaviour)
OVERLAYS: tuple[str, ...] = ("yes", "no", "answer yes")

CATEGORY_OF: dict[Kind, Category] = {
    "appears": "addition",
    "disappears": "deletion",
    "colour": "modification",
    "shape": "modification",
    "size": "modification",
    "place": "modification",
}

RGB: dict[Colour, tuple[int, int, int]] = {
    "red": (215, 35, 35),
    "green": (35, 165, 60),
    "blue": (45, 85, 230),
    "yellow": (245, 215, 40),
    "purple": (165, 50, 195),
    "white": (248, 248, 248),
}

NUMBERS: tuple[str, ...] = ("zero", "one", "two", "three", "four")

WORDS: tuple[str, ...] = (
    *("a", "about", "above", "all", "any", "appear", "are", "as", "at", "background", "be"),
    *("become", "below", "bigger", "black", "bottom", "can", "colour", "disappear", "does"),
    *("end", "exactly", "fewer", "gone", "in", "into", "is", "left", "more", "move", "much"),
    *("of", "picture", "place", "right", "same", "seen", "shape", "shapes", "size", "smaller"),
    *("start", "still", "than", "the", "there", "time", "to", "top", "turn", "video"),
    *COLOURS,
    *SHAPES,
    *NUMBERS[1:],
)
"""Every word of every question, in lower case, without the marks "," and "?"."""
