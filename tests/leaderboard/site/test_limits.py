"""What visitors may cost, counted on applications that do nothing."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

from leaderboard.site.asgi import Message, Receive, Scope, Send, respond
from leaderboard.site.limits import MessageLimits, Pace, UploadLimits, VisitorLimits

SMALL = VisitorLimits(
    sockets=2,
    burst=3,
    per_second=50.0,
    all_burst=100,
    all_per_second=1000.0,
    session_bytes=100,
    all_bytes=250,
    least_bytes=1,
    upload_seconds=0.2,
)


def test_an_ordinary_visitor_never_waits() -> None:
    pace = Pace(2.0, 10)
    assert [pace.wait(now) for now in range(100)] == [0.0] * 100


def test_a_burst_passes_and_what_follows_is_spaced() -> None:
    pace = Pace(2.0, 3)
    assert [pace.wait(100.0) for _ in range(5)] == [0.0, 0.0, 0.0, 0.5, 1.0]
    assert pace.wait(200.0) == 0.0


SOCKET = {"type": "websocket", "headers": []}


async def a_message() -> Message:
    return {"type": "websocket.receive", "bytes": b""}


async def into_nothing(message: Message) -> None:
    return None


def seconds_of_messages(limits: VisitorLimits, *, number: int, sockets: int = 1) -> list[float]:
    """When the last of so many messages came through on each socket, all of them sent at once."""
    taken: list[float] = []
    start = 0.0

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        for _ in range(number):
            await receive()
        taken.append(time.perf_counter() - start)

    async def run() -> None:
        nonlocal start
        gate = MessageLimits(page, limits=limits)
        start = time.perf_counter()
        await asyncio.gather(*[gate(SOCKET, a_message, into_nothing) for _ in range(sockets)])

    asyncio.run(run())
    return taken


def test_messages_of_one_page_wait_once_there_are_too_many() -> None:
    (taken,) = seconds_of_messages(SMALL, number=3)
    assert taken < 0.05
    (taken,) = seconds_of_messages(SMALL, number=13)  # ten too many, at 50 a second
    assert 0.2 <= taken < 0.4


def test_messages_of_all_pages_wait_in_turn() -> None:
    few = replace(SMALL, burst=100, all_burst=1, all_per_second=50.0)
    one, other = seconds_of_messages(few, number=10, sockets=2)
    assert 0.3 < one <= other < 0.6
    assert other - one < 0.1  # neither was held back for the other


def test_no_more_pages_are_opened_than_the_server_bears() -> None:
    sent: list[Message] = []

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(0.05)

    async def note(message: Message) -> None:
        sent.append(message)

    async def run() -> None:
        gate = MessageLimits(page, limits=SMALL)
        await asyncio.gather(*[gate(SOCKET, a_message, note) for _ in range(3)])
        assert [message["type"] for message in sent] == ["websocket.close"]
        await gate(SOCKET, a_message, note)  # the others have left

    asyncio.run(run())
    assert len(sent) == 1


class Uploads:
    """An upload limit before a page that takes everything."""

    def __init__(self, *, seconds: float = 0.0, status: int = 204) -> None:
        self.seconds = seconds
        self.status = status
        self.gate = UploadLimits(self._page, limits=SMALL)

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(self.seconds)
        await respond(send, self.status, "")

    async def send(self, path: str, length: str | None, *, method: str = "PUT", **more: str) -> int:
        sent: list[Message] = []

        async def note(message: Message) -> None:
            sent.append(message)

        headers = more | ({} if length is None else {"content-length": length})
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
        await self.gate(scope, a_message, note)
        return int(sent[0]["status"])

    def put(self, path: str, length: int) -> int:
        return asyncio.run(self.send(path, str(length)))


def test_a_page_keeps_so_much_under_whatever_names() -> None:
    uploads = Uploads()
    assert [uploads.put(f"/up/one/{number}", 60) for number in range(3)] == [204, 413, 413]
    assert uploads.put("/up/other/0", 60) == 204


def test_a_file_in_the_place_of_another_and_one_that_is_deleted_count_no_longer() -> None:
    uploads = Uploads()
    assert [uploads.put("/up/one/same", 40) for _ in range(5)] == [204] * 5
    assert uploads.put("/up/one/next", 70) == 413
    assert asyncio.run(uploads.send("/up/one/same", None, method="DELETE")) == 204
    assert uploads.gate.owners() == []
    assert uploads.put("/up/one/next", 70) == 204


def test_all_pages_together_keep_so_much_until_their_owners_are_forgotten() -> None:
    uploads = Uploads()
    assert [uploads.put(f"/up/{owner}/a", 90) for owner in "abc"] == [204, 204, 503]
    assert uploads.gate.owners() == ["/up/a", "/up/b"]
    uploads.gate.forget("/up/a")
    assert uploads.put("/up/c/a", 90) == 204


def test_what_was_refused_or_is_no_file_counts_only_while_it_runs() -> None:
    refusing = Uploads(status=400)
    assert [refusing.put("/up/one/a", 90) for _ in range(3)] == [400] * 3
    posting = Uploads()
    statuses = [asyncio.run(posting.send("/answer", "90", method="POST")) for _ in range(3)]
    assert statuses == [204] * 3
    assert refusing.gate.owners() == posting.gate.owners() == []


def test_uploads_on_their_way_count() -> None:
    uploads = Uploads(seconds=0.05)

    async def both() -> list[int]:
        return await asyncio.gather(uploads.send("/a/1", "60"), uploads.send("/a/2", "60"))

    assert asyncio.run(both()) == [204, 413]


def test_an_upload_that_never_ends_is_ended_and_holds_nothing() -> None:
    uploads = Uploads(seconds=5)
    start = time.perf_counter()
    assert uploads.put("/up/one/a", 90) == 408
    assert time.perf_counter() - start < 1
    assert uploads.gate.owners() == []
    uploads.seconds = 0
    assert uploads.put("/up/one/a", 90) == 204


def test_a_length_that_can_not_be_known_is_refused() -> None:
    uploads = Uploads()
    assert asyncio.run(uploads.send("/up/one/a", None)) == 411
    chunked = uploads.send("/up/one/a", "1", **{"transfer-encoding": "chunked"})
    assert asyncio.run(chunked) == 411
