"""Compiles the data set whenever the project is installed or built into a wheel.

An edition that can't be compiled fails the installation: better no package than one without its
benchmark. A wheel gets what is compiled from a temporary folder, so that building one leaves its
source tree as it was; an editable install, which runs from the checkout, gets it there.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileDataset(BuildHookInterface):
    """Turns `annotations/` into `omiti2v/data/*.parquet`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Runs before the files of the wheel are gathered, for editable installs too."""
        package = Path(self.root) / "omiti2v"
        if version == "editable":
            self._compile(package)
            return
        # Kept until the wheel is written; it goes, too, where the build ends early.
        self._draft = tempfile.TemporaryDirectory(prefix="omiti2v-")
        self._compile(Path(self._draft.name))
        build_data["force_include"][f"{self._draft.name}/data"] = "omiti2v/data"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Runs when the wheel is written."""
        if version != "editable":
            self._draft.cleanup()

    def _compile(self, package: Path) -> None:
        sys.path.insert(0, self.root)
        try:
            from omiti2v.dataset.compile import compile_annotations
            from omiti2v.errors import UserError

            try:
                compile_annotations(Path(self.root) / "annotations", package)
            except UserError as error:
                self.app.abort(f"OmitI2V-Open could not be compiled: {error}")
        finally:
            sys.path.remove(self.root)
