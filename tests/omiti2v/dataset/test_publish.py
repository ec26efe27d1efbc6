"""Publishing, as far as it goes without the hub."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from omiti2v.dataset.compile import compile_annotations, read_annotations
from omiti2v.dataset.export import export_edition
from omiti2v.dataset.publish import check_repo_id, list_uploads
from omiti2v.errors import UserError


def test_the_files_are_the_card_and_one_for_each_category(
    annotations: Path, tmp_path: Path
) -> None:
    compile_annotations(annotations, tmp_path / "package")
    export_edition(read_annotations(annotations), tmp_path / "export")
    uploads = list_uploads(tmp_path / "export")
    paths = [upload.path for upload in uploads if "licences" not in upload.path]
    assert paths == [
        "README.md",
        "croissant.json",
        "data/addition.parquet",
        "data/deletion.parquet",
        "data/modification.parquet",
    ]
    for upload in uploads:
        assert upload.size == (tmp_path / "export" / upload.path).stat().st_size > 0


def test_a_hub_that_refuses_is_one_line(tmp_path: Path) -> None:
    # In a process of its own: the hub's client reads its settings when it is imported.
    script = """
import sys
from pathlib import Path
from omiti2v.dataset.publish import publish_folder
from omiti2v.errors import UserError
try:
    publish_folder(Path(sys.argv[1]), "someone/something", message="a commit")
except UserError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path],
        env=os.environ | {"HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(done.stdout.splitlines()) == 1
    assert done.stdout.startswith("someone/something: not published: ")


@pytest.mark.parametrize("repo", ["name", "/name", "org/", "org/name/more", "org/../x", "org/a b"])
def test_what_can_not_name_a_repository_is_refused(repo: str) -> None:
    with pytest.raises(UserError, match="expected ORG/NAME"):
        check_repo_id(repo)
