"""`omiti2v backbone list`: the video models that can be named."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from importlib.util import find_spec
from typing import TYPE_CHECKING

import typer

from omiti2v.cli.check import JsonOption
from omiti2v.cli.plugin_table import PluginRow, print_plugins

if TYPE_CHECKING:
    from alignvid_ref.generation.backbones import Backbone

backbone = typer.Typer(
    name="backbone", help="Video models that generate for an edition.", no_args_is_help=True
)


@backbone.command("list")
def list_backbones(as_json: JsonOption = False) -> None:
    """List the backbones that `omiti2v generate` takes by name, with what each needs."""
    from alignvid_ref.generation.backbones.registry import GROUP
    from omiti2v.plugins import find_plugins

    print_plugins([_row(entry) for entry in find_plugins(GROUP).values()], as_json=as_json)


def _row(entry: EntryPoint) -> PluginRow:
    from alignvid_ref.generation.backbones.registry import load_backbone
    from omiti2v.errors import UserError
    from omiti2v.plugins import maker_of

    try:
        found = load_backbone(entry)
    except UserError as error:  # one that is broken hides none of the others
        return PluginRow(entry.name, str(error), "", False, maker_of(entry))
    modules = ("torch", "diffusers", "transformers", "accelerate", *found.requires)
    installed = all(find_spec(name) is not None for name in modules)
    return PluginRow(entry.name, found.summary, _needs(found), installed, maker_of(entry))


def _needs(found: Backbone) -> str:
    if not found.has_weights:
        return "the alignvid extra, a folder"
    weights = "" if found.packaged else ", weights from the hub"
    return f"the alignvid extra{weights}"
