"""`omiti2v judge`: the judges that can be named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from omiti2v.cli.check import JsonOption
from omiti2v.cli.judge_inspect import inspect_judge
from omiti2v.cli.plugin_table import PluginRow, print_plugins
from omiti2v.extras import are_installed

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

judge = typer.Typer(
    name="judge",
    help="The judges that --judge can name, and what they are given.",
    no_args_is_help=True,
)
judge.command(name="inspect")(inspect_judge)


@judge.command(name="list")
def list_judges(as_json: JsonOption = False) -> None:
    """List the judges that are registered, the families of models, and checkpoints worth trying.

    A family takes a model's folder or hub id whose config.json names it; any other video model of
    transformers is run too, more slowly. usable: what it needs is installed. on hub: that is, and
    the weights are on the hub, here or not; in JSON, `installed` is true of both.
    """
    from omiti2v.plugins import find_plugins

    judges = [_judge_row(entry) for entry in find_plugins("omiti2v.judges").values()]
    families = [_family_row(entry) for entry in find_plugins("omiti2v.judge_families").values()]
    print_plugins(judges, [*families, _any_other_row()], _recommended_rows(), as_json=as_json)


def _judge_row(entry: EntryPoint) -> PluginRow:
    from evaluators.judges.loading import JudgeKind
    from omiti2v.errors import UserError
    from omiti2v.plugins import load_plugin, maker_of

    try:
        found = load_plugin(entry)
    except UserError as error:
        return PluginRow(entry.name, str(error), entry.value, False, maker_of(entry))
    if isinstance(found, JudgeKind):
        installed = are_installed(*found.modules)
        return PluginRow(
            entry.name, found.summary, f"omiti2v[{found.extra}]", installed, maker_of(entry)
        )
    summary = (getattr(found, "__doc__", None) or "a judge").strip().partition("\n")[0]
    return PluginRow(entry.name, summary, "", True, maker_of(entry))


def _family_row(entry: EntryPoint) -> PluginRow:
    from evaluators.judges.loading import VLM_MODULES
    from omiti2v.plugins import maker_of

    # Not imported: a family imports torch and transformers, which takes seconds.
    installed = are_installed(*VLM_MODULES, entry.value.partition(":")[0].partition(".")[0])
    summary = f"models of model_type {entry.name} in config.json: --judge FOLDER or OWNER/NAME@REV"
    return PluginRow(entry.name, summary, "omiti2v[vlm]", installed, maker_of(entry))


def _any_other_row() -> PluginRow:
    from evaluators.judges.loading import VLM_MODULES
    from omiti2v.plugins import OURS

    summary = "any other video model of transformers: the video is read for each question"
    return PluginRow("FOLDER", summary, "omiti2v[vlm]", are_installed(*VLM_MODULES), OURS)


def _recommended_rows() -> list[PluginRow]:
    from evaluators.judges.loading import VLM_MODULES
    from evaluators.judges.recommended import RECOMMENDED
    from omiti2v.plugins import OURS

    installed = are_installed(*VLM_MODULES)
    return [
        PluginRow(f"{one.hub_id}@REVISION", one.summary, "omiti2v[vlm]", installed, OURS, True)
        for one in RECOMMENDED
    ]
