"""Video files as untrusted bytes: what is not opened, and how it is read."""

from __future__ import annotations

import hashlib
import os
import socket
import time

import pytest

from evaluators.frames import DecodeError, Limits, decode_video
from evaluators.frames.source import DeadlineReader, hash_file, named


def refusal(path, **limits):
    with pytest.raises(DecodeError) as caught:
        hash_file(path, limits=Limits(**limits))
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message.removeprefix(f"{path}: ")


def test_the_digest_is_the_sha_256_of_the_bytes(tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(b"frames" * 100_000)
    assert hash_file(path) == hashlib.sha256(b"frames" * 100_000).hexdigest()


def test_a_file_beyond_the_limit_is_refused_unread(tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(bytes(11))
    assert refusal(path, max_file_bytes=10) == "11 bytes, expected at most 10"
    assert hash_file(path, limits=Limits(max_file_bytes=11))


def test_past_its_deadline_a_file_seems_to_end(tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(b"frames")
    with path.open("rb") as file:
        reader = DeadlineReader(file, time.process_time() + 60)
        assert (reader.read(3), reader.tell(), reader.expired) == (b"fra", 3, False)
        assert (reader.seek(-1), reader.seek(0)) == (-1, 0)
        late = DeadlineReader(file, time.process_time() - 1)
        assert (late.expired, late.read(3)) == (True, b"")


def test_a_name_is_one_line_whatever_its_characters(tmp_path):
    assert named(tmp_path / "a b.mp4") == str(tmp_path / "a b.mp4")
    assert "\n" not in named(tmp_path / "a\nb.mp4")


def test_an_empty_file_is_refused(tmp_path):
    path = tmp_path / "a.mp4"
    path.touch()
    assert refusal(path) == "expected a video file, got an empty file"


def test_a_missing_file_is_refused(tmp_path):
    assert refusal(tmp_path / "a.mp4") == "can't be read: No such file or directory"


def test_a_directory_is_refused(tmp_path):
    path = tmp_path / "a.mp4"
    path.mkdir()
    assert refusal(path) == "expected a video file, got a directory"


@pytest.mark.parametrize("read", [decode_video, hash_file])
def test_a_pipe_is_refused_at_once(tmp_path, read):
    path = tmp_path / "a.mp4"
    os.mkfifo(path)
    with pytest.raises(DecodeError, match="got a pipe"):
        read(path)


def test_sockets_and_devices_are_refused(tmp_path):
    path = tmp_path / "a.mp4"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        assert refusal(path) == "expected a video file, got a socket"
    link = tmp_path / "b.mp4"
    link.symlink_to("/dev/zero")
    assert refusal(link) == "expected a video file, got a device"


@pytest.mark.skipif(os.geteuid() == 0, reason="everything is readable to root")
def test_an_unreadable_file_is_refused(tmp_path, write_video, noise):
    path = write_video(tmp_path / "a.mp4", noise)
    path.chmod(0)
    assert refusal(path) == "can't be read: Permission denied"


def test_a_name_with_a_line_break_stays_on_one_line(tmp_path):
    path = tmp_path / "a\nb.mp4"
    path.write_bytes(b"text")
    with pytest.raises(DecodeError) as caught:
        decode_video(path)
    assert "\n" not in str(caught.value)
    assert "a\\nb.mp4" in str(caught.value)
