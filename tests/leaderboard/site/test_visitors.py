"""The served board and its visitors, over real sockets: what one of them can do to the others."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import psutil
import pytest
from streamlit_visitors import Served, answer, drain, rerun_message, try_visit, upload, visit
from websockets.exceptions import ConnectionClosed

MIB = 1 << 20


@asynccontextmanager
async def storm(url: str, *, messages_per_second: int) -> AsyncIterator[None]:
    """A visitor who has the page run again and again, for as long as the block lasts."""

    async def send() -> None:
        with suppress(ConnectionClosed):
            while True:
                await page.socket.send(rerun_message())
                await asyncio.sleep(1 / messages_per_second)

    async with visit(url) as page:
        tasks = [asyncio.create_task(send()), asyncio.create_task(drain(page.socket))]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()


def test_the_health_page_answers_while_one_visitor_sends_a_hundred_messages_a_second(
    server: str,
) -> None:
    async def waits() -> list[float]:
        found = []
        async with storm(server, messages_per_second=100):
            for _ in range(8):
                start = time.perf_counter()
                await asyncio.to_thread(answer, f"{server}/_stcore/health")
                found.append(time.perf_counter() - start)
                await asyncio.sleep(0.15)
        return found

    assert max(asyncio.run(waits())) < 1


def test_uploads_of_one_visitor_are_bounded_and_given_back_when_the_page_is_left(
    board_server: Served,
) -> None:
    process = psutil.Process(board_server.process)

    def memory() -> int:
        return process.memory_info().rss // MIB

    async def fill() -> tuple[list[int], int]:
        async with visit(board_server.url) as page:
            statuses = [
                await asyncio.to_thread(
                    upload, board_server.url, page.session, f"made-up-{number}", bytes(60 * MIB)
                )
                for number in range(3)
            ]
            return statuses, memory()

    before = memory()
    statuses, full = asyncio.run(fill())
    assert statuses == [204, 204, 413]
    assert full - before > 100
    until = time.monotonic() + 12
    while (left := memory() - before) > 40 and time.monotonic() < until:
        time.sleep(0.3)
    assert left <= 40


def test_the_name_of_the_first_page_leads_to_it(server: str) -> None:
    status, headers, _ = answer(f"{server}/board?entry=wan-base")
    assert (status, headers["location"]) == (307, "./?entry=wan-base")
    assert answer(f"{server}/board")[1]["location"] == "./"
    assert answer(f"{server}/")[0] == 200


@pytest.mark.parametrize(
    ("name", "headers"),
    [("evil.example", {}), (None, {"Origin": "http://localhost:3000"})],
)
def test_other_pages_in_the_browser_get_nothing_of_a_local_board(
    server: str, name: str | None, headers: dict[str, str]
) -> None:
    asked = headers | ({"Host": name} if name else {})
    for path in ("/", "/_stcore/health", "/_stcore/host-config"):
        assert answer(server + path, headers=asked)[0] == 403, path
    assert asyncio.run(try_visit(server, name=name, headers=headers)) == 403


@pytest.mark.slow
def test_twenty_visitors_are_served_while_another_storms(server: str) -> None:
    async def seconds(number: int) -> float:
        await asyncio.sleep(0.5 * number)
        async with visit(server) as page:
            return page.seconds

    async def load() -> list[float]:
        async with storm(server, messages_per_second=100):
            return await asyncio.gather(*map(seconds, range(20)))

    assert statistics.quantiles(asyncio.run(load()), n=20)[-1] < 2
