"""Servers that misbehave on the wire: each ends in an answer, or in an error with its reason."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from evaluators.frames import Clip
from evaluators.judges.openai.judge import OpenAIJudge
from evaluators.judges.openai.request_rate import Backoff

SECONDS = 0.3
"""For a whole answer."""

Wire = socket.socket
Way = Callable[[Wire, bytes], object]


def head(*lines: str, status: str = "200 OK") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode()


def whole(body: bytes, *lines: str, status: str = "200 OK") -> bytes:
    return head(f"Content-Length: {len(body)}", *lines, status=status) + body


def says(*parts: bytes) -> Way:
    """Sends these bytes and hangs up."""
    return lambda wire, good: wire.sendall(b"".join(parts))


def reply(change: Callable[[dict[str, object]], object]) -> Way:
    """Sends the good reply, changed."""

    def act(wire: Wire, good: bytes) -> None:
        document = json.loads(good)
        change(document)
        wire.sendall(whole(json.dumps(document).encode()))

    return act


def for_ever(start: bytes, again: bytes, *, pause: float = 0.02) -> Way:
    """Sends something, and then something else now and then until the client has had enough."""

    def act(wire: Wire, good: bytes) -> None:
        wire.sendall(start)
        while True:
            wire.sendall(again)
            time.sleep(pause)

    return act


CHUNKED = head("Transfer-Encoding: chunked")
ANSWER = "yes"
LATE = f"no whole answer in {SECONDS:g} seconds"
MALFORMED = "the server's answer is malformed"
BROKEN = "connection failed"
LARGE = "expected an answer of at most 16777216 bytes"

WAYS: dict[str, tuple[Way, str]] = {
    # In drops, and never done.
    "a header byte by byte": (for_ever(b"HTTP/1.1 200 OK\r\nX: ", b"a"), LATE),
    "a chunk's extension byte by byte": (for_ever(CHUNKED + b"1;", b"a"), LATE),
    "chunks of one byte": (for_ever(CHUNKED, b"1\r\n \r\n"), LATE),
    "100 Continue for ever": (for_ever(b"", head(status="100 Continue")), LATE),
    "trailers for ever": (for_ever(CHUNKED + b"1\r\n{\r\n0\r\n", b"X: y\r\n"), LATE),
    "silence": (lambda wire, good: time.sleep(4 * SECONDS), LATE),
    "a body without end or length, in drops": (for_ever(head(), b" "), LATE),
    # Too much.
    "a body without end": (for_ever(head(), b" " * (1 << 20), pause=0), LARGE),
    "headers without end": (for_ever(head()[:-2], b"X: y\r\n" * 9999, pause=0), BROKEN),
    "a body that unpacks to a gigabyte": (
        says(whole(gzip.compress(b" " * (1 << 22)), "Content-Encoding: gzip")),
        "expected an answer that is not compressed",
    ),
    "a compressed error": (
        says(whole(gzip.compress(b"no"), "Content-Encoding: gzip", status="500 No")),
        "HTTP 500: a compressed message",
    ),
    "an error without end": (
        for_ever(head(status="400 Bad"), b"no" * (1 << 20), pause=0),
        "HTTP 400: nono",
    ),
    "JSON of a million brackets": (says(whole(b"[" * 1_000_000)), MALFORMED),
    # Not HTTP, or not quite.
    "another protocol": (says(b"220 mail.example.org ESMTP\r\n"), BROKEN),
    "nothing": (says(), BROKEN),
    "half a status line": (says(b"HTTP/1.1 20"), BROKEN),
    "a length that is none": (says(head("Content-Length: many"), b"{}"), BROKEN),
    "two lengths": (says(head("Content-Length: 2", "Content-Length: 3"), b"{}"), BROKEN),
    "a length less than 0": (says(head("Content-Length: -1"), b"{}"), BROKEN),
    "a chunk's length that is none": (says(CHUNKED, b"zz\r\n{}\r\n"), BROKEN),
    "a body that is cut off": (says(head("Content-Length: 999"), b'{"choices": ['), BROKEN),
    "a redirect without an address": (says(whole(b"", status="302 Found")), "HTTP 302"),
    "a redirect to a file": (
        says(whole(b"", "Location: file:///etc/passwd", status="302 Found")),
        "HTTP 302",
    ),
    # HTTP, and no reply.
    "no content": (says(whole(b"", status="204 No Content")), "HTTP 204"),
    "events": (says(whole(b'data: {"choices": []}\n\ndata: [DONE]\n')), MALFORMED),
    "an error with 200": (
        says(whole(b'{"error": {"message": "out of memory"}}')),
        "HTTP 200 with an error: out of memory",
    ),
    "an error with 200 and a code": (
        says(whole(b'{"error": {"message": "add credits", "code": 402}}')),
        "HTTP 200 with error 402: add credits",
    ),
    "an error in a choice": (
        says(whole(b'{"choices": [{"error": {"message": "upstream died", "code": "502"}}]}')),
        "HTTP 200 with error 502: upstream died",
    ),
    "bytes that are no text": (says(whole(b'{"choices": "\xff\xfe"}')), MALFORMED),
    "control characters in a refusal": (
        says(whole(b'{"error": "\\u001b[31mno\\u0000\\ud800"}', status="418 Teapot")),
        "HTTP 418: [31mno",
    ),
    # A reply, and an answer all the same.
    "bytes after the body": (lambda wire, good: wire.sendall(whole(good) + b"HTTP/1.1"), ANSWER),
    "an answer and then a hangup": (lambda wire, good: wire.sendall(head() + good), ANSWER),
    "a compression that is none": (
        lambda wire, good: wire.sendall(whole(good, "Content-Encoding: ")),
        ANSWER,
    ),
    "fields that nobody knows": (reply(lambda r: r.update(x=[{}] * 999)), ANSWER),
    # A reply, and no answer.
    "no choices at all": (reply(lambda r: r.pop("choices")), MALFORMED),
    "another model": (reply(lambda r: r.update(model="x")), "the server answered as 'x'"),
    "no model": (reply(lambda r: r.pop("model")), "the server answered as ''"),
}


@pytest.fixture
def start_wire(chat_body: Callable[..., bytes]) -> Iterator[Callable[[Way], str]]:
    """Starts servers that are set up well and treat the requests about frames in one way."""
    sockets: list[socket.socket] = []
    good = chat_body("Yes")

    def treat(wire: Wire, way: Way) -> None:
        with wire, suppress(OSError):
            request = b""
            while b"\r\n\r\n" not in request:
                request += wire.recv(1 << 16)
            top, _, body = request.partition(b"\r\n\r\n")
            length = 0
            for line in top.decode().lower().split("\r\n"):
                if line.startswith("content-length:"):
                    length = int(line.partition(":")[2])
            while len(body) < length:
                body += wire.recv(1 << 16)
            if b"image_url" in body:
                way(wire, good)
            else:
                listed = b'{"data": [{"id": "judge"}]}'
                wire.sendall(whole(good if body else listed, "Connection: close"))

    def listen(server: socket.socket, way: Way) -> None:
        with suppress(OSError):
            while True:
                wire, _ = server.accept()
                threading.Thread(target=treat, args=(wire, way), daemon=True).start()

    def start(way: Way) -> str:
        server = socket.create_server(("127.0.0.1", 0))
        sockets.append(server)
        threading.Thread(target=listen, args=(server, way), daemon=True).start()
        return f"http://127.0.0.1:{server.getsockname()[1]}/v1"

    yield start
    for server in sockets:
        server.close()


@pytest.mark.parametrize("name", WAYS)
def test_a_server_on_the_wire(
    name: str, start_wire: Callable[[Way], str], make_clip: Callable[..., Clip]
) -> None:
    way, expected = WAYS[name]
    judge = OpenAIJudge(
        "judge",
        base_url=start_wire(way),
        attempts=1,
        answer_timeout=SECONDS if expected == LATE else 20.0,
        backoff=Backoff(first=0.01, longest=0.01),
    )
    start = time.monotonic()
    (judgement,) = judge.judge(make_clip(2), ["Is it red?"])
    judge.close()
    assert time.monotonic() - start < SECONDS + 4
    if expected == ANSWER:
        assert (judgement.answer, judgement.reason) == ("yes", None)
    else:
        assert judgement.answer == "error"
        assert str(judgement.reason).startswith(expected)
        assert str(judgement.reason).isprintable()
