"""What a question asks, as a function of what is there to be seen in each frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from evaluators.world.scene import Item
from evaluators.world.timeline import Timeline
from evaluators.world.vocabulary import Colour, Place, Shape

Predicate = Callable[[Timeline], bool]
Look = tuple[Colour, Shape]
Direction = Literal["to the left of", "to the right of", "above", "below"]


def find(frame: tuple[Item | None, ...], look: Look) -> Item | None:
    """The object of this colour and shape in a frame, None where there is none."""
    return next((item for item in frame if item is not None and item.look == look), None)


def shown(
    *, colour: Colour | None = None, shape: Shape | None = None, place: Place | None = None
) -> Callable[[tuple[Item | None, ...]], bool]:
    """Whether a frame shows an object of this description; None leaves open."""

    def holds(frame: tuple[Item | None, ...]) -> bool:
        return any(
            item is not None
            and colour in (None, item.colour)
            and shape in (None, item.shape)
            and place in (None, item.place)
            for item in frame
        )

    return holds


def at_end(holds: Callable[[tuple[Item | None, ...]], bool]) -> Predicate:
    """True of the last frame."""
    return lambda line: holds(line.items[-1])


def at_any_time(holds: Callable[[tuple[Item | None, ...]], bool]) -> Predicate:
    """True of some frame."""
    return lambda line: any(holds(frame) for frame in line.items)


def negated(predicate: Predicate) -> Predicate:
    """True where `predicate` is false."""
    return lambda line: not predicate(line)


def kept(holds: Callable[[tuple[Item | None, ...]], bool]) -> Predicate:
    """True of the first frame and of the last."""
    return lambda line: holds(line.items[0]) and holds(line.items[-1])


def comes(look: Look) -> Predicate:
    """Not there at first, there in a later frame."""
    holds = shown(colour=look[0], shape=look[1])
    return lambda line: not holds(line.items[0]) and any(holds(frame) for frame in line.items)


def goes(slot: int) -> Predicate:
    """The object of the first frame can't be seen in a later one."""
    return lambda line: any(frame[slot] is None for frame in line.items)


def becomes(slot: int, trait: str, value: str) -> Predicate:
    """The object's trait is another at first and takes this value in a later frame."""

    def holds(line: Timeline) -> bool:
        first = line.items[0][slot]
        return getattr(first, trait) != value and any(
            frame[slot] is not None and getattr(frame[slot], trait) == value for frame in line.items
        )

    return holds


def looks_the_same(slot: int, trait: str) -> Predicate:
    """At the end the object is there with the trait that it had at the start."""

    def holds(line: Timeline) -> bool:
        first, last = line.items[0][slot], line.items[-1][slot]
        return last is not None and getattr(last, trait) == getattr(first, trait)

    return holds


def resized(slot: int, value: str) -> Predicate:
    """At the end the object has this size, and at the start it had not."""

    def holds(line: Timeline) -> bool:
        first, last = line.items[0][slot], line.items[-1][slot]
        return last is not None and first is not None and first.size != last.size == value

    return holds


def count_is(number: int) -> Predicate:
    """That many objects at the end."""
    return lambda line: _count(line.items[-1]) == number


def count_grows(*, by: Literal["more", "fewer"]) -> Predicate:
    """More, or fewer, objects at the end than at the start."""
    sign = 1 if by == "more" else -1
    return lambda line: sign * (_count(line.items[-1]) - _count(line.items[0])) > 0


def related(one: Look, direction: Direction, other: Look) -> Predicate:
    """Both objects are there at the end, the one on this side of the other."""

    def holds(line: Timeline) -> bool:
        a, b = find(line.items[-1], one), find(line.items[-1], other)
        return a is not None and b is not None and lies(a.place, direction, b.place)

    return holds


def lies(one: Place, direction: Direction, other: Place) -> bool:
    """Whether a place lies on this side of another."""
    (row_a, column_a), (row_b, column_b) = one.split(), other.split()
    if direction in ("above", "below"):
        first, last = (row_a, row_b) if direction == "above" else (row_b, row_a)
        return (first, last) == ("top", "bottom")
    first, last = (column_a, column_b) if direction == "to the left of" else (column_b, column_a)
    return (first, last) == ("left", "right")


def black_at_end(line: Timeline) -> bool:
    """The last frame is black all over."""
    return line.black[-1]


def black_at_any_time(line: Timeline) -> bool:
    """Some frame is black all over."""
    return any(line.black)


def _count(frame: tuple[Item | None, ...]) -> int:
    return sum(item is not None for item in frame)
