"""The layers that a clip is composited of, as its recipe lists them.

Positions, sizes and shifts are fractions of the frame, x to the right and y down; times are
fractions of the clip, 0 its first frame and 1 its last.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, TypeAdapter, model_validator

from omiti2v.records import Record

FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
"""A file within its folder: a mask, a sprite."""

Color = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]
Share = Annotated[float, Field(ge=0, le=1)]
Point = tuple[float, float]
Span = tuple[float, float]
Side = Literal["left", "right", "top", "bottom"]
Spread = Literal["fade", "left", "right", "top", "bottom"] | Point
"""How a change reaches its region: all at once, from a side, from a point."""
Fill = Literal["inpaint"] | Point | FileName
"""What is behind a piece: inpainted, cloned from a shift, or a picture beside the masks."""
Look = Literal["oil", "watercolor", "pencil", "charcoal", "pen"]
Particle = Literal["rain", "snow", "stars"]


class Keyframe(Record):
    """Where something is at a time; between two of them it moves smoothly.

    Attributes:
        t: Time.
        x, y: Place of a sprite, shift of a piece.
        scale: Times its size.
        turn: Degrees, clockwise.
        opacity: 0 to 1.
    """

    t: float
    x: float = 0.0
    y: float = 0.0
    scale: Annotated[float, Field(ge=0, le=50)] = 1.0
    turn: float = 0.0
    opacity: Share = 1.0


class Reveal(Record):
    """Uncovers a picture bit by bit from one side."""

    from_: Annotated[Side, Field(alias="from")]
    time: Span


class Timed(Record):
    """What happens between two times.

    Attributes:
        time: When it runs; at once where both are equal.
        undo: When it runs back.
    """

    time: Span = (0.0, 0.0)
    undo: Span | None = None

    @model_validator(mode="after")
    def _times_run_on(self) -> Timed:
        for name, span in (("time", self.time), ("undo", self.undo)):
            if span is not None and span[1] < span[0]:
                raise ValueError(f"{name}: expected its end not before its start, got {span}")
        return self


class Moved(Timed):
    """What sprites and pieces have in common; see `Sprite`."""

    path: Annotated[tuple[Keyframe, ...], Field(min_length=1, max_length=64)] = (Keyframe(t=0),)
    mirror: bool = False
    color: Color | None = None
    brightness: Annotated[float, Field(ge=0, le=4)] = 1.0
    contrast: Annotated[float, Field(ge=0, le=4)] = 1.0
    warmth: Annotated[float, Field(ge=-1, le=1)] = 0.0
    blur: Annotated[float, Field(ge=0, le=20)] = 0.0
    opacity: Share = 1.0
    shadow: Share = 0.0
    roll: bool = False
    bob: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    rate: Annotated[float, Field(gt=0, le=8)] = 2.0
    flap: Annotated[float, Field(ge=0, le=0.9)] = 0.0
    ease: Literal["smooth", "linear", "fall"] = "smooth"
    anchor: Literal["center", "bottom", "top"] = "center"
    reveal: Reveal | None = None
    behind: FileName | tuple[FileName, ...] = ()
    within: FileName | None = None


class Sprite(Moved):
    """A picture with an alpha channel that moves over the image.

    Attributes:
        picture: File among the sprites.
        width: At scale 1, of the frame's width.
        path: Where its anchor is; it holds before the first keyframe and after the last.
        color: In place of its own, light and shade kept.
        brightness, contrast, warmth, blur: To fit it to the scene; `blur` in pixels.
        shadow: Strength of its contact shadow on the ground.
        roll: Whether it turns as a wheel of its width.
        bob, rate: Height of an up-and-down motion, and times a second; of what casts a shadow or is
            anchored at the bottom only while it moves.
        flap: By how much it is squeezed up and down at the same rate.
        time, undo: Fades in, and out again.
        behind, within: Masks that hide it, and the mask outside of which it is hidden.
    """

    kind: Literal["sprite"]
    picture: FileName
    width: Annotated[float, Field(gt=0, le=4)]


class Piece(Moved):
    """A part of the image itself, cut out, that moves; see `Sprite`.

    Attributes:
        mask: What is cut out.
        fill: What is seen where it was.
        keep: Leave it where it was, too: a copy moves.
        soften: Feather of the cut in pixels.
    """

    kind: Literal["piece"]
    mask: FileName
    fill: Fill = "inpaint"
    keep: bool = False
    soften: Annotated[float, Field(ge=0, le=30)] = 1.2


class Region(Timed):
    """A change of a region of the picture.

    Attributes:
        mask: The region; the whole picture where None.
        spread: How the change reaches it.
        soft: Width of the front, as a share of the way.
        soften: Feather of the region's edge in pixels.
    """

    mask: FileName | None = None
    spread: Spread = "fade"
    soft: Annotated[float, Field(gt=0, le=2)] = 0.2
    soften: Annotated[float, Field(ge=0, le=80)] = 1.2


class Erase(Region):
    """A region gives way to what is behind it."""

    kind: Literal["erase"]
    fill: Fill = "inpaint"


class Recolor(Region):
    """A region takes another color, and keeps its light and shade.

    Attributes:
        color: The region's mean afterwards.
        contrast: Of its light and shade, times what it was.
        texture: A picture among the sprites whose grain is laid over it.
    """

    kind: Literal["recolor"]
    color: Color
    strength: Share = 1.0
    contrast: Annotated[float, Field(ge=0, le=4)] = 1.0
    texture: FileName | None = None


class Grade(Region):
    """A region becomes darker, paler, of another tint."""

    kind: Literal["grade"]
    brightness: Annotated[float, Field(ge=0, le=4)] = 1.0
    contrast: Annotated[float, Field(ge=0, le=4)] = 1.0
    saturation: Annotated[float, Field(ge=0, le=4)] = 1.0
    tint: Color | None = None
    tint_strength: Share = 0.5


class Style(Region):
    """A region becomes a painting or drawing."""

    kind: Literal["style"]
    look: Look


class Replace(Region):
    """Another picture, fitted to the region, takes its place."""

    kind: Literal["replace"]
    picture: FileName
    mirror: bool = False


class Fog(Region):
    """Drifting fog or dust; `density` is its opacity, `drift` its way in a clip."""

    kind: Literal["fog"]
    color: Color = "#dfe3e6"
    density: Share = 0.9
    drift: float = 0.1


class Particles(Timed):
    """Rain, snow or stars.

    Attributes:
        count: How many at once.
        size: Times the usual size.
        speed: Times the usual speed.
    """

    kind: Literal["particles"]
    look: Particle
    mask: FileName | None = None
    count: Annotated[int, Field(ge=1, le=20_000)] = 300
    size: Annotated[float, Field(gt=0, le=20)] = 1.0
    speed: Annotated[float, Field(ge=0, le=20)] = 1.0
    color: Color = "#ffffff"


class Plume(Timed):
    """Smoke or steam that rises from a point.

    Attributes:
        at: Where from.
        height, width: How far it rises, in frame heights, and its width up there, in frame widths.
        lean: Sideways way of its top, in frame widths.
    """

    kind: Literal["plume"]
    at: Point
    height: Annotated[float, Field(gt=0, le=2)] = 0.4
    width: Annotated[float, Field(gt=0, le=2)] = 0.1
    color: Color = "#e8e8e8"
    density: Share = 0.5
    lean: float = 0.0
    behind: FileName | tuple[FileName, ...] = ()


class Light(Timed):
    """A glow around a point; `radius` in frame widths."""

    kind: Literal["light"]
    at: Point
    radius: Annotated[float, Field(gt=0, le=2)] = 0.1
    color: Color = "#ffd890"
    strength: Annotated[float, Field(ge=0, le=4)] = 1.0
    mask: FileName | None = None


Layer = Annotated[
    Sprite | Piece | Erase | Recolor | Grade | Style | Replace | Fog | Particles | Plume | Light,
    Field(discriminator="kind"),
]

LAYER: TypeAdapter[Any] = TypeAdapter(Layer)
