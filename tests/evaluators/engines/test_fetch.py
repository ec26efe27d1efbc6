"""Videos at addresses that fsspec knows."""

from __future__ import annotations

import resource
import tempfile
from pathlib import Path

import fsspec
import pytest

from evaluators.engines.fetch import local_copy
from evaluators.engines.tasks import StageTimer
from evaluators.frames import DecodeError, Limits
from omiti2v.errors import UserError


def test_a_path_is_used_where_it_is(tmp_path: Path) -> None:
    with local_copy(str(tmp_path / "a.mp4"), limits=Limits(), timer=StageTimer()) as path:
        assert path == tmp_path / "a.mp4"


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_an_address_is_fetched_and_the_copy_is_gone_afterwards(tmp_path: Path, kind: str) -> None:
    address = f"{kind}://{tmp_path}/a.mp4"
    with fsspec.open(address, "wb") as file:
        file.write(b"frames")
    timer = StageTimer()
    with local_copy(address, limits=Limits(), timer=timer) as path:
        assert path.name == "a.mp4"
        assert path.read_bytes() == b"frames"
    assert not path.exists()
    assert timer.drain()["fetch"] > 0


@pytest.mark.parametrize(
    ("address", "complaint"),
    [
        ("memory://nowhere/a.mp4", "memory://nowhere/a.mp4: can't be fetched"),
        ("nothing://of/that.mp4", "nothing://of/that.mp4: can't be fetched: Protocol not known"),
    ],
)
def test_what_cannot_be_fetched_is_named(address: str, complaint: str) -> None:
    with (
        pytest.raises(DecodeError, match=complaint),
        local_copy(address, limits=Limits(), timer=StageTimer()),
    ):
        pass


def test_a_file_beyond_the_limit_is_not_fetched_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(bytes(3 << 20))
    limits = Limits(max_file_bytes=2 << 20)
    with (
        pytest.raises(DecodeError, match="more than 2097152 bytes"),
        local_copy(f"file://{tmp_path}/a.mp4", limits=limits, timer=StageTimer()),
    ):
        pass


def test_where_there_is_no_room_for_a_copy_the_video_is_not_blamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.mp4").write_bytes(bytes(3 << 20))
    address = f"file://{tmp_path}/a.mp4"
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 << 20, limits[1]))
    try:
        with (
            pytest.raises(UserError, match="can't be written: File too large; make room"),
            local_copy(address, limits=Limits(), timer=StageTimer()),
        ):
            pass
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with (
        pytest.raises(UserError, match="nowhere: a fetched video can't be written"),
        local_copy(address, limits=Limits(), timer=StageTimer()),
    ):
        pass


def test_what_is_wrong_with_a_copy_is_said_of_its_address(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"frames")
    address = f"file://{tmp_path}/a.mp4"
    with (
        pytest.raises(DecodeError, match=f"^{address}: broken"),
        local_copy(address, limits=Limits(), timer=StageTimer()) as path,
    ):
        raise DecodeError(f"{path}: broken")
