"""`omiti2v metric`: the metrics that there are."""

from __future__ import annotations

import typer

from omiti2v.cli.check import JsonOption

metric = typer.Typer(name="metric", help="Metrics: numbers about a video.", no_args_is_help=True)


@metric.command("list")
def list_metrics(as_json: JsonOption = False) -> None:
    """List the names that `omiti2v score --metrics` takes, ours and those of other packages."""
    from evaluators.metrics.catalog import GROUP, known_metrics
    from omiti2v.cli.plugin_table import PluginRow, print_plugins
    from omiti2v.errors import UserError
    from omiti2v.extras import are_installed
    from omiti2v.plugins import find_plugins, maker_of

    plugins = find_plugins(GROUP)
    rows = []
    for name, found in known_metrics().items():
        maker = maker_of(plugins[name])
        if isinstance(found, UserError):
            rows.append(PluginRow(name, f"unusable: {found}", "", installed=False, maker=maker))
            continue
        name = f"{name}:{found.argument}" if found.argument else name
        needs = ", ".join(found.requirements)
        summary = found.summary
        if found.columns not in ((), (name,)):
            summary = f"{summary.rstrip('.')}; columns {', '.join(found.columns)}"
        rows.append(PluginRow(name, summary, needs, are_installed(*found.modules), maker))
    print_plugins(rows, as_json=as_json)
