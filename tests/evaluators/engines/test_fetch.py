"""Videos at addresses that fsspec knows."""

from __future__ import annotations

import importlib.util
import resource
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from evaluators.engines.fetch import Pace, local_copy, try_addresses
from evaluators.engines.tasks import StageTimer
from evaluators.frames import DecodeError, Limits
from omiti2v.errors import UserError

HASTY = Pace(silence=1.5, start=2, rate=1e9)
BYTES = b"frames"


class Server(BaseHTTPRequestHandler):
    """Good, absent, silent before or after its first words, or slow: as the path says."""

    over = threading.Event()

    def do_GET(self) -> None:
        behavior = self.path.split("/")[1]
        if behavior == "silent":
            self.over.wait(30)
        if behavior == "absent":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(BYTES) if behavior == "good" else 1 << 28))
        self.end_headers()
        self.wfile.write(BYTES)
        with suppress(ConnectionError):  # they have had enough
            while behavior == "trickles" and not self.over.wait(0.1):
                self.wfile.write(bytes(5000))
        if behavior == "hangs":
            self.over.wait(30)

    do_HEAD = do_GET  # noqa: N815

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of one; fetching over HTTP needs aiohttp, which Ray brings along."""
    ray = importlib.util.find_spec("ray")
    if not importlib.util.find_spec("aiohttp"):
        if not ray or not ray.origin:
            pytest.skip("aiohttp is not installed")
        theirs = Path(ray.origin).parent / "_private/runtime_env/agent/thirdparty_files"
        monkeypatch.syspath_prepend(str(theirs))
    Server.over.clear()
    serving = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    serving.daemon_threads = True
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{serving.server_port}"
    Server.over.set()
    serving.shutdown()
    serving.server_close()


def fetched(address: str, pace: Pace) -> bytes:
    with local_copy(address, limits=Limits(), timer=StageTimer(), pace=pace) as path:
        return path.read_bytes()


def test_a_path_is_used_where_it_is(tmp_path: Path) -> None:
    with local_copy(str(tmp_path / "a.mp4"), limits=Limits(), timer=StageTimer()) as path:
        assert path == tmp_path / "a.mp4"


def test_an_address_is_fetched_and_the_copy_is_gone_afterwards(tmp_path: Path) -> None:
    address = f"file://{tmp_path}/a.mp4"
    (tmp_path / "a.mp4").write_bytes(b"frames")
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
            ThreadPoolExecutor(1) as thread,  # which has a process of its own to fetch
        ):
            thread.submit(fetched, address, Pace()).result()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with (
        pytest.raises(UserError, match="nowhere: can't be written"),
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


@pytest.mark.parametrize(
    ("behavior", "complaint"),
    [
        ("absent", "can't be fetched: "),
        pytest.param("silent", "can't be fetched: nothing came for", marks=pytest.mark.slow),
        pytest.param("hangs", "can't be fetched: nothing came for", marks=pytest.mark.slow),
        ("trickles", "can't be fetched: only [0-9]+ bytes came in [0-9]+ s"),
    ],
)
def test_what_a_server_does_not_give_is_given_up(
    server: str, behavior: str, complaint: str
) -> None:
    with ThreadPoolExecutor(1) as thread:
        # The process that fetches is there before, so that only the fetching takes time.
        assert thread.submit(fetched, f"{server}/good/a.mp4", Pace()).result() == BYTES
        start = time.monotonic()
        with pytest.raises(DecodeError, match=f"^{server}/{behavior}/a.mp4: {complaint}"):
            thread.submit(fetched, f"{server}/{behavior}/a.mp4", HASTY).result()
    assert time.monotonic() - start < 10


def test_an_address_is_tried_by_what_lies_there(server: str) -> None:
    with ThreadPoolExecutor(1) as thread:

        def tried(*locations: str, pace: Pace = HASTY) -> None:
            thread.submit(try_addresses, locations, pace=pace).result()

        tried(f"{server}/absent/a.mp4", f"{server}/good/b.mp4", pace=Pace())
        tried("/a/path.mp4", "nothing://of/that.mp4")
        with pytest.raises(UserError, match=r"/absent/a.mp4: can't be fetched: .*--videos-at"):
            tried(*(f"{server}/absent/{name}.mp4" for name in "abc"))
        with pytest.raises(UserError, match=r"Protocol not known: nothing; nothing was judged"):
            tried("nothing://of/that.mp4")
        with pytest.raises(UserError, match=r"silent/a.mp4: can't be fetched: nothing came for"):
            tried(f"{server}/silent/a.mp4", f"{server}/good/b.mp4")
