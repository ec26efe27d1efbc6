"""Compiles the data set whenever the project is installed or built into a wheel.

An edition that can't be compiled fails the installation: better no package than one without its
benchmark.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileDataset(BuildHookInterface):
    """Turns `annotations/` into `omiti2v/data/*.parquet`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Runs before the files of the wheel are gathered, for editable installs too."""
        root = Path(self.root)
        sys.path.insert(0, str(root))
        try:
            from omiti2v.dataset.build import compile_annotations
            from omiti2v.errors import UserError

            try:
                compile_annotations(root / "annotations", root / "omiti2v")
            except UserError as error:
                self.app.abort(f"OmitI2V-Open could not be compiled: {error}")
        finally:
            sys.path.remove(str(root))
