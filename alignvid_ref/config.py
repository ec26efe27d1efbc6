"""What AlignVid does to a transformer, as data: frozen, validated, with a JSON round trip.

Imports neither torch nor diffusers, so that commands can read settings without them.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from alignvid_ref.families import FAMILIES, Family
from alignvid_ref.presets import Blocks, Evidence, preset_fields
from alignvid_ref.recognition import recognize
from alignvid_ref.windows import (
    FractionWindow,
    TimestepWindow,
    Window,
    window_from_dict,
    window_to_dict,
)
from omiti2v.errors import UserError

__all__ = ["AlignVidConfig", "FractionWindow", "TimestepWindow", "Window"]

Modulation = Literal["scalar", "energy", "conflict"]
Sites = tuple[tuple[str, int], ...]

# Far past anything useful: at 10 every softmax is an argmax.
_GAMMA_LIMIT = 10.0


@dataclass(frozen=True, kw_only=True)
class AlignVidConfig:
    """One setting of AlignVid.

    Attributes:
        family: Kind of transformer, a key of `alignvid_ref.families.FAMILIES`.
        sites: Site name -> power of gamma that the site's output is multiplied by. A mapping is
            accepted and kept as sorted pairs. {"query": 1, "text_key": 1} gives text logits
            gamma squared, because logits are query times key.
        gamma: Inverse temperature, above 0 and up to 10. 1 changes nothing. The energy and conflict
            variants compute their own gamma per call or token and do not read it.
        modulation: `scalar` multiplies by gamma; `energy` and `conflict` derive gamma from the
            attention logits, between `min_gamma` and `max_gamma`.
        blocks: Block indices, counted from 0; `first-half` for the paper's cheap heuristic; None
            for every block.
        window: The denoising steps that are on.
        evidence: `paper` where the authors measured these settings, `none` where the recipe was
            carried over and nobody has measured it. A label; it changes nothing.
        min_gamma: Lower bound of the variants' gamma.
        max_gamma: Upper bound of the variants' gamma; the paper clips at 1.35.

    Raises:
        UserError: A field is unknown to the family or out of its bounds.
    """

    family: str
    sites: Sites
    gamma: float = 1.35
    modulation: Modulation = "scalar"
    blocks: Blocks = None
    window: Window = field(default_factory=TimestepWindow)
    evidence: Evidence = "none"
    min_gamma: float = 1.0
    max_gamma: float = 1.35

    def __post_init__(self) -> None:
        if self.family not in FAMILIES:
            raise UserError(f"family: expected one of {', '.join(FAMILIES)}, got {self.family!r}")
        for name, choices in (("modulation", Modulation), ("evidence", Evidence)):
            value = getattr(self, name)
            if value not in get_args(choices):
                raise UserError(
                    f"{name}: expected one of {', '.join(get_args(choices))}, got {value!r}"
                )
        for name in ("gamma", "min_gamma", "max_gamma"):
            object.__setattr__(self, name, _checked_gamma(name, getattr(self, name)))
        if self.min_gamma > self.max_gamma:
            raise UserError(
                f"min_gamma: must not be over max_gamma, got {self.min_gamma} and {self.max_gamma}"
            )
        object.__setattr__(self, "sites", _checked_sites(self.sites, FAMILIES[self.family]))
        object.__setattr__(self, "blocks", _checked_blocks(self.blocks))
        if not isinstance(self.window, TimestepWindow | FractionWindow):
            object.__setattr__(self, "window", window_from_dict(self.window))

    @classmethod
    def preset(cls, name: str, *, form: str | None = None, **overrides: Any) -> AlignVidConfig:
        """The settings known under `name`, with fields replaced.

        Args:
            name: One of `alignvid_ref.presets.PRESETS`.
            form: Which sites, by name. Only `wan2.1-i2v` has more than one: `authors` (the
                default: image logits gamma, text logits gamma squared), `keys` (the same numbers
                with fewer multiplications, not bit for bit) and `decoupled` (both gamma).
            overrides: Any field of the config.

        Raises:
            UserError: No such preset, form or field.
        """
        return cls(**preset_fields(name, form=form)).replace(**overrides)

    @classmethod
    def for_pipeline(
        cls, pipe: object, *, preset: str | None = None, **overrides: Any
    ) -> AlignVidConfig:
        """The preset that fits a loaded diffusers pipeline, with fields replaced.

        `evidence` is `paper` for the weights that the authors measured alone, told by their name.
        Where the transformer has another number of blocks than these, the first half acts.

        Args:
            pipe: The pipeline.
            preset: Use this one; needed where class and name do not tell, as of a FramePack.
            overrides: Any field of the config.

        Raises:
            UserError: No preset fits, with the names of those that exist, or it is not sure which.
        """
        if preset is not None:
            return cls.preset(preset, **overrides)
        transformers = [getattr(pipe, name, None) for name in ("transformer", "transformer_2")]
        present = [found for found in transformers if found is not None]
        settings = getattr(present[0], "config", {}) if present else {}
        found = recognize(
            [base.__name__ for base in type(pipe).__mro__],
            dict(settings),
            place=str(dict(settings).get("_name_or_path") or ""),
            experts=len(present),
        )
        return cls.preset(found.preset, **{**found.changes, **overrides})

    def replace(self, **changes: Any) -> AlignVidConfig:
        """A copy with some fields changed, validated like any other."""
        _check_names(changes)
        return dataclasses.replace(self, **changes)

    def block_indices(self, depth: int) -> tuple[int, ...]:
        """The blocks that act in a transformer with `depth` blocks.

        Raises:
            UserError: A block index is beyond the last block. The list belongs to another model,
                and dropping indices would give settings that nobody asked for.
        """
        if self.blocks is None:
            return tuple(range(depth))
        if self.blocks == "first-half":
            return tuple(range((depth + 1) // 2))
        if self.blocks[-1] >= depth:
            raise UserError(
                f"blocks: the transformer has {depth} blocks, the settings name block "
                f"{self.blocks[-1]}; they were chosen on another model, pass blocks= for this one"
            )
        return self.blocks

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready data, from which `from_dict` makes an equal config."""
        data = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        blocks = list(self.blocks) if isinstance(self.blocks, tuple) else self.blocks
        return data | {
            "sites": dict(self.sites),
            "blocks": blocks,
            "window": window_to_dict(self.window),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> AlignVidConfig:
        """The config that `to_dict` described.

        Raises:
            UserError: A field is missing, unknown or out of its bounds.
        """
        if not isinstance(data, Mapping):
            raise UserError(f"AlignVid settings: expected an object, got {type(data).__name__}")
        _check_names(data)
        for name in ("family", "sites"):
            if name not in data:
                raise UserError(f"{name}: missing from the AlignVid settings")
        return cls(**data)

    def to_json(self) -> str:
        """The config as one JSON object with sorted keys."""
        return json.dumps(self.to_dict(), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> AlignVidConfig:
        """The config that `to_json` wrote.

        Raises:
            UserError: The text is not JSON, or not a valid config.
        """
        try:
            data = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise UserError(f"AlignVid settings: expected JSON ({error})") from None
        return cls.from_dict(data)


def _check_names(data: Mapping[str, Any]) -> None:
    names = [field.name for field in dataclasses.fields(AlignVidConfig)]
    for name in data:
        if name not in names:
            raise UserError(f"{name}: no such setting; there are {', '.join(names)}")


def _checked_gamma(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UserError(f"{name}: expected a number, got {value!r}")
    if not (math.isfinite(value) and 0 < value <= _GAMMA_LIMIT):
        raise UserError(f"{name}: expected a number above 0 and up to {_GAMMA_LIMIT}, got {value}")
    return float(value)


def _checked_sites(value: object, family: Family) -> Sites:
    try:
        pairs = dict(value)  # type: ignore[call-overload]
    except (TypeError, ValueError):
        raise UserError(f"sites: expected site names with a power each, got {value!r}") from None
    if not pairs:
        raise UserError(f"sites: none given; {family.name} has {', '.join(family.sites)}")
    for site, power in pairs.items():
        if site not in family.sites:
            raise UserError(f"sites: {family.name} has {', '.join(family.sites)}, got {site!r}")
        if isinstance(power, bool) or power not in (1, 2):
            raise UserError(f"sites: expected a power of 1 or 2 for {site}, got {power!r}")
    return tuple(sorted(pairs.items()))


def _checked_blocks(value: object) -> Blocks:
    if value is None or value == "first-half":
        return value
    if (
        not isinstance(value, list | tuple)
        or not value
        or not all(isinstance(index, int) and not isinstance(index, bool) for index in value)
        or min(value) < 0
    ):
        raise UserError(
            "blocks: expected a non-empty list of block indices from 0, 'first-half' or None, "
            f"got {value!r}"
        )
    return tuple(sorted(set(value)))
