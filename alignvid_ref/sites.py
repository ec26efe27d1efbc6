"""Find the modules that a config names in a transformer, or say plainly why they are not there."""

from __future__ import annotations

from typing import Any

from torch import nn

from alignvid_ref.config import AlignVidConfig
from alignvid_ref.families import FAMILIES, Family
from alignvid_ref.presets import PRESETS
from omiti2v.errors import UserError


def unwrap(transformer: nn.Module) -> nn.Module:
    """The module inside a `torch.compile(transformer)`, or the transformer itself."""
    inner = getattr(transformer, "_orig_mod", transformer)
    return inner if isinstance(inner, nn.Module) else transformer


def find_sites(transformer: nn.Module, config: AlignVidConfig) -> list[tuple[nn.Module, int]]:
    """The norm modules to scale, each with its power of gamma.

    Raises:
        UserError: The transformer is not of the config's family, has fewer blocks than the config
            names, or lacks a norm that the config scales.
    """
    family = FAMILIES[config.family]
    blocks = check_family(transformer, family)
    gated = config.block_indices(len(blocks))
    found = []
    for name, power in config.sites:
        site = family.sites[name]
        if site.branch:
            place, beside = site.branch
            there = list(getattr(transformer, place))
            # The blocks of a branch join in the order of the blocks that they stand beside.
            layers = sorted(transformer.config[beside])  # type: ignore[index]
            chosen = [index for index, layer in enumerate(layers) if layer in gated]
        else:
            place, there = family.blocks, blocks
            chosen = list(gated) if site.block_gated else list(range(len(blocks)))
        for index in chosen:
            module = _lookup(there[index], site.path)
            if module is None:
                raise UserError(
                    f"sites: {type(transformer).__name__} has no {site.path} in "
                    f"{place}.{index}, where {config.family} puts {name}; without a norm "
                    "there AlignVid has nothing to scale, so choose other sites or another family"
                )
            found.append((module, power))
    return found


def check_family(transformer: nn.Module, family: Family) -> list[nn.Module]:
    """The blocks of the transformer, once it is known to be of `family`.

    Raises:
        UserError: It is of another family, or of none that AlignVid knows.
    """
    names = {base.__name__ for base in type(transformer).__mro__}
    if not names & set(family.transformers):
        fits = [known.name for known in FAMILIES.values() if names & set(known.transformers)]
        advice = (
            f"use family {' or '.join(fits)}"
            if fits
            else "no family here has it (docs/alignvid-transformers.md says why)"
        )
        raise UserError(
            f"family: {family.name} is for {', '.join(family.transformers)}, got "
            f"{type(transformer).__name__}; {advice}"
        )
    blocks = list(getattr(transformer, family.blocks, ()))
    if not blocks:
        raise UserError(f"family: {type(transformer).__name__} has no {family.blocks}")
    branch, cls = family.image_branch, type(transformer).__name__
    if branch and (_lookup(blocks[0], branch) is not None) != family.has_image_branch:
        other = [
            known.name
            for known in FAMILIES.values()
            if known.transformers == family.transformers and known is not family
        ]
        fits = [name for name, preset in PRESETS.items() if preset.family in other]
        advice = f"use {', '.join(fits)} or family {other[0]}" if other else "no family here fits"
        raise UserError(
            f"family: {family.name} needs an image branch ({branch}), which this {cls} does not "
            f"have; {advice}"
            if family.has_image_branch
            else f"family: {family.name} is for models without an image branch, and this {cls} has "
            f"one ({branch}); {advice}"
        )
    return blocks


def _lookup(block: nn.Module, path: str) -> nn.Module | None:
    found: Any = block
    for name in path.split("."):
        found = getattr(found, name, None)
    return found if isinstance(found, nn.Module) else None
