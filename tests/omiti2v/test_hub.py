"""What is on the hub: named, pinned, and told in one line where it can't be had."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from omiti2v.errors import UserError
from omiti2v.hub import download, download_data_set, model_folder, split_spec

Calls = list[tuple[str, tuple[str, ...], dict[str, Any]]]


def find(model: str | Path, **options: Any) -> Path:
    return model_folder(model, patterns=["*.json"], extra="vlm", **options)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """What a hub that has everything is asked for."""
    asked: Calls = []

    def note(name: str) -> Any:
        return lambda *place, **options: asked.append((name, place, options)) or "/the/copy"

    functions = {name: note(name) for name in ("snapshot_download", "hf_hub_download")}
    monkeypatch.setitem(sys.modules, "huggingface_hub", SimpleNamespace(**functions))
    return asked


def test_a_missing_folder_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nowhere: no such folder; give a model's folder"):
        find(tmp_path / "nowhere")
    with pytest.raises(UserError, match="nowhere: no such folder; give a model's folder"):
        find(str(tmp_path / "nowhere"))


def test_a_file_is_not_a_models_folder(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(UserError, match="expected a model's folder, got a file"):
        find(tmp_path / "config.json")


def test_a_hub_id_needs_its_revision() -> None:
    with pytest.raises(UserError, match="write owner/name@<commit>"):
        find("owner/name")


def test_a_hub_that_can_not_be_reached_is_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(UserError, match="owner/name@abc: can't be downloaded: ") as caught:
        find("owner/name", revision="abc")
    assert "\n" not in str(caught.value)
    assert "give its path" in str(caught.value)


def test_a_spec_is_a_path_or_a_hub_id_with_its_revision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a@b").mkdir()
    (tmp_path / "mine" / "model@2").mkdir(parents=True)
    # A folder that could be read as a hub id is the folder.
    assert split_spec("mine/model@2") == ("mine/model@2", None)
    assert split_spec("mine/model@3") == ("mine/model", "3")
    assert split_spec("owner/name@abc") == ("owner/name", "abc")
    assert split_spec("owner/name@refs/pr/1") == ("owner/name", "refs/pr/1")
    assert split_spec("owner/name") == ("owner/name", None)
    assert split_spec(str(tmp_path / "a@b")) == (str(tmp_path / "a@b"), None)


def test_a_models_files_are_asked_for_at_their_revision(calls: Calls) -> None:
    assert find("owner/name", revision="abc") == Path("/the/copy")
    expected = {"revision": "abc", "allow_patterns": ["*.json"]}
    assert calls == [("snapshot_download", ("owner/name",), expected)]


def test_what_needs_a_model_and_what_can_be_given_are_said() -> None:
    with pytest.raises(UserError) as caught:
        find("nowhere", what="some_metric", forms="a folder of ours")
    assert str(caught.value) == "some_metric: nowhere: no such folder; give a folder of ours"


def test_one_file_is_asked_for_at_its_revision(calls: Calls) -> None:
    download("a/b", "c", file="d.pth", extra="clip")
    assert calls == [("hf_hub_download", ("a/b", "d.pth"), {"revision": "c"})]


def test_a_data_set_goes_into_a_folder_as_files(calls: Calls, tmp_path: Path) -> None:
    download_data_set(f"a/b@{'0' * 40}", tmp_path, patterns=["meta.json"])
    [(function, place, options)] = calls
    assert (function, place, options["revision"]) == ("snapshot_download", ("a/b",), "0" * 40)
    assert (options["repo_type"], options["local_dir"]) == ("dataset", tmp_path)


@pytest.mark.parametrize("name", ["a/b", "a/b@main", f"a@{'0' * 40}", f"a/b@{'0' * 39}", "a/b@"])
def test_a_data_set_is_named_by_its_commit(name: str, tmp_path: Path, calls: Calls) -> None:
    with pytest.raises(UserError, match="no data set on the hub with its commit"):
        download_data_set(name, tmp_path, patterns=[])
    assert calls == []


def test_without_the_hubs_client_the_pip_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(UserError, match=r'x needs huggingface_hub.*"omiti2v\[clip\]"'):
        download("a/b", "c", file="d.pth", extra="clip", what="x")
