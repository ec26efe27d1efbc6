"""What imports what; the arrows between the packages are contracts in `pyproject.toml`."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import grimp

from omiti2v.import_path import ROOT

PACKAGES = ("omiti2v", "evaluators", "alignvid_ref", "leaderboard", "lab")


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    imported = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    TopologicalSorter(imported).prepare()  # names the cycle where there is one


def test_commands_import_other_packages_in_functions_alone() -> None:
    found = []
    for path in Path(ROOT, "omiti2v").rglob("*.py"):
        for node in ast.parse(path.read_text()).body:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found += [f"{path}: {name}" for name in names if name.split(".")[0] in PACKAGES[1:]]
    assert found == []
