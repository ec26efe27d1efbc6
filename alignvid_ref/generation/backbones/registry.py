"""Backbones by name and by the class of a saved pipeline."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from typing import Literal

from alignvid_ref.generation.backbones.spec import Backbone
from omiti2v.errors import UserError
from omiti2v.plugins import find_plugins, is_object_path, load_object, load_plugin

GROUP: Literal["omiti2v.backbones"] = "omiti2v.backbones"


def find_backbone(name: str) -> Backbone | None:
    """The backbone that a person named on the command line; None where there is none.

    Args:
        name: A registered name, or module:name.

    Raises:
        UserError: It can't be imported, or is no backbone.
    """
    if (entry := find_plugins(GROUP).get(name)) is not None:
        return load_backbone(entry)
    return _checked(name, load_object(name)) if is_object_path(name) else None


def require_backbone(name: str, *, option: str) -> Backbone:
    """The same, for an option that takes nothing else.

    Raises:
        UserError: There is none, it can't be imported, or is no backbone.
    """
    backbone = find_backbone(name)
    if backbone is None:
        known = ", ".join(find_plugins(GROUP))
        raise UserError(f"{option}: expected one of {known}, or module:name, got {name!r}")
    return backbone


def backbone_for(pipeline: str, *, has_image_branch: bool, weights: str) -> Backbone:
    """The backbone with whose settings a folder is run, ours before those of others.

    Args:
        pipeline: Class name of the pipeline that it was saved from.
        has_image_branch: Whether the transformer attends to image tokens, as Wan2.1 does and Wan2.2
            does not.
        weights: The name of the weights, in lower case.

    Raises:
        UserError: There is none, or the name does not tell which.
    """
    known = set()
    fits = []
    for backbone in map(load_backbone, find_plugins(GROUP).values()):
        if not backbone.for_folders:
            continue
        known.add(backbone.pipeline_name)
        if backbone.image_branch not in (None, has_image_branch) or not backbone.runs(pipeline):
            continue
        if backbone.weights is not None and backbone.weights(weights):
            return backbone
        # Of a pipeline of another class the name alone tells that it is run so.
        if backbone.pipeline_name == pipeline:
            fits.append(backbone)
    for backbone in fits:
        if backbone.weights is None:
            return backbone
    if fits:
        choices = " or ".join(found.name for found in fits)
        raise UserError(
            f"pipeline {pipeline}: the name {weights!r} does not tell which model this is; give "
            f"--run-as {choices}"
        )
    raise UserError(f"pipeline {pipeline}: not known here; there are {', '.join(sorted(known))}")


def load_backbone(entry: EntryPoint) -> Backbone:
    """The backbone that an entry point registers.

    Raises:
        UserError: It can't be imported, is no backbone, or has another name.
    """
    backbone = _checked(entry.name, load_plugin(entry))
    if backbone.name != entry.name:
        raise UserError(
            f"{entry.name}: {entry.value} has the name {backbone.name!r}; give the entry point and "
            "the Backbone the same name"
        )
    return backbone


def _checked(name: str, found: object) -> Backbone:
    if not isinstance(found, Backbone):
        raise UserError(f"{name}: expected a Backbone, got {type(found).__name__}")
    return found
