"""Publishing to the Hugging Face hub and importing from it, against a server on loopback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fake_hub import Fault, Hub

from omiti2v.dataset.compile import read_annotations
from omiti2v.dataset.export import export_edition
from omiti2v.dataset.official_import import import_release
from omiti2v.dataset.publish import publish_folder
from omiti2v.editions import load_edition_folder
from omiti2v.errors import UserError


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def export(annotations: Path, tmp_path: Path) -> Path:
    export_edition(read_annotations(annotations), tmp_path / "export")
    return tmp_path / "export"


@pytest.fixture
def pinned(hub: Hub, release: Path) -> str:
    """The authors' release on the hub, named by its commit; `main` is another by now."""
    commit = hub.add("authors/release", {**files_of(release), "eval.py": b"print()\n"})
    hub.repos["authors/release"].commit({"meta.json": b"[]"}, "emptied")
    return f"authors/release@{commit}"


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(UserError) as caught:
        act()
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value)


def test_publishing_makes_the_data_set_and_one_commit(hub: Hub, export: Path) -> None:
    address = publish_folder(export, "org/set", message="version 1")
    repo = hub.repos["org/set"]
    assert repo.messages == ["first", "version 1"]
    assert address == f"{hub.url}/datasets/org/set/commit/{repo.refs['main']}"
    assert {**files_of(export), ".gitattributes": repo.head[".gitattributes"]} == repo.head


def test_publishing_again_deletes_nothing(hub: Hub, export: Path) -> None:
    hub.add("org/set", {"by-hand.txt": b"kept", "README.md": b"old"})
    publish_folder(export, "org/set", message="version 2")
    assert hub.repos["org/set"].head == {**files_of(export), "by-hand.txt": b"kept"}


@pytest.mark.parametrize(
    "fault",
    [
        Fault("POST", "/api/repos/create", 401),
        Fault("POST", "/api/validate-yaml", 429),
        Fault("POST", "/preupload/", 429, {"Retry-After": "1"}),
        Fault("POST", "/objects/batch", 500),
        Fault("PUT", "/lfs/", 403),
        Fault("PUT", "/lfs/"),
        Fault("POST", "/commit/", 403),
        Fault("POST", "/commit/"),
    ],
    ids=lambda fault: f"{fault.path}{fault.status}",
)
def test_a_hub_that_refuses_or_breaks_off_is_one_line(hub: Hub, export: Path, fault: Fault) -> None:
    hub.faults = [fault]
    said = refused(lambda: publish_folder(export, "org/set", message="version 1"))
    assert said.startswith("org/set: not published: ")
    if fault.status and fault.method != "PUT":  # the client does not tell the latter's
        assert str(fault.status) in said


def test_a_token_that_does_not_hold_is_one_line(
    hub: Hub, export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_of_nobody")
    assert "401" in refused(lambda: publish_folder(export, "org/set", message="version 1"))
    assert hub.repos == {}


def test_a_busy_moment_while_publishing_is_waited_for(hub: Hub, export: Path) -> None:
    hub.faults = [Fault("POST", "/preupload/", 429, times=2), Fault("PUT", "/lfs/", 503, times=1)]
    publish_folder(export, "org/set", message="version 1")
    assert files_of(export).items() <= hub.repos["org/set"].head.items()


def test_the_release_is_imported_at_its_commit(
    hub: Hub, pinned: str, release: Path, tmp_path: Path
) -> None:
    imported = import_release(pinned, tmp_path / "official").edition
    assert (
        imported.fingerprint == import_release(str(release), tmp_path / "local").edition.fingerprint
    )
    assert load_edition_folder(tmp_path / "official").fingerprint == imported.fingerprint
    assert not [line for line in hub.asked if "eval.py" in line]  # code is not even downloaded


def test_a_download_that_breaks_is_taken_up_again(hub: Hub, pinned: str, tmp_path: Path) -> None:
    hub.faults = [
        Fault("GET", "meta.json", times=2),
        Fault("GET", ".png", 429, times=1),
        Fault("GET", ".png", times=1),
    ]
    assert len(import_release(pinned, tmp_path / "official").edition.samples) == 9


@pytest.mark.parametrize(
    "fault",
    [
        Fault("GET", "/tree/", 401),
        Fault("GET", "/tree/", 429),
        Fault("GET", "/tree/"),
        Fault("GET", ".png", 404),
        Fault("GET", "meta.json"),
    ],
    ids=lambda fault: f"{fault.path}{fault.status}",
)
def test_a_release_that_can_not_be_had_is_one_line(
    hub: Hub, pinned: str, tmp_path: Path, fault: Fault
) -> None:
    hub.faults = [fault]
    said = refused(lambda: import_release(pinned, tmp_path / "official"))
    assert said.startswith(f"{pinned}: can't be downloaded: ")
    assert not (tmp_path / "official").exists()


def test_a_commit_that_is_not_there_is_one_line(hub: Hub, pinned: str, tmp_path: Path) -> None:
    other = f"authors/release@{'0' * 40}"
    assert "can't be downloaded: " in refused(lambda: import_release(other, tmp_path / "official"))
