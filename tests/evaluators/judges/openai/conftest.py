"""A live `transformers serve` with a tiny model, and servers on loopback that fail on purpose."""

from __future__ import annotations

import http.client
import json
import os
import socket
import struct
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
import torch
from tiny_qwen import END_OF_TURN, save_tiny_qwen
from transformers import Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor

from evaluators.judges.openai.request_rate import Backoff

SLOW_SECONDS = 60.0

# What a server may do to a request instead of passing it on: "lost" asks the model and loses the
# answer, "cut" announces a longer body than it sends, "torn" sends half of the JSON as if it were
# all, "drops" sends the answer byte by byte; a tuple is a status, headers and a body, bytes are a
# body.
Fault = (
    Literal["reset", "lost", "slow", "cut", "torn", "drops"]
    | tuple[int, dict[str, str], bytes]
    | bytes
)


@dataclass(frozen=True)
class ReceivedRequest:
    """A request as it reached the server."""

    number: int
    path: str
    payload: Any
    authorization: str | None
    start: float

    @property
    def about_frames(self) -> bool:
        """Not a request of the start."""
        return bool(self.payload) and isinstance(self.payload["messages"][0]["content"], list)


class FaultyServer:
    """A server on loopback that treats each request by `rule`, or passes it on to `target`."""

    def __init__(
        self, rule: Callable[[ReceivedRequest], Fault | None], *, target: str | None
    ) -> None:
        self.asked: list[ReceivedRequest] = []
        self.stopping = threading.Event()
        self._rule = rule
        self._target = urlsplit(target) if target else None
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def chats(self) -> list[ReceivedRequest]:
        """The requests about frames."""
        return [asked for asked in self.asked if asked.about_frames]

    def stop(self) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # else each body waits for the header to be acknowledged

            def log_message(self, *args: object) -> None:
                pass

            def do_GET(self) -> None:
                server._treat(self)

            def do_POST(self) -> None:
                server._treat(self)

        return Handler

    def _treat(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        with self._lock:
            asked = ReceivedRequest(
                number=len(self.asked),
                path=handler.path,
                payload=json.loads(body) if body else None,
                authorization=handler.headers.get("Authorization"),
                start=time.monotonic(),
            )
            self.asked.append(asked)
        try:
            self._act(handler, self._rule(asked), body)
        except OSError:  # the client has gone
            handler.close_connection = True

    def _act(self, handler: BaseHTTPRequestHandler, fault: Fault | None, body: bytes) -> None:
        if fault == "slow":
            self.stopping.wait(SLOW_SECONDS)
        if isinstance(fault, tuple):
            _answer(handler, *fault)
        elif isinstance(fault, bytes):
            _answer(handler, 200, {}, fault)
        elif fault == "reset":
            _reset(handler)
        else:
            status, answer = self._passed_on(handler, body)
            if fault == "lost":
                _reset(handler)
            elif fault == "torn":
                _answer(handler, status, {}, answer[: len(answer) // 2])
            elif fault == "cut":
                _answer(handler, status, {}, answer[: len(answer) // 2], length=len(answer))
            elif fault == "drops":
                _answer(handler, status, {}, b"", length=len(answer))
                for number in range(len(answer)):
                    handler.wfile.write(answer[number : number + 1])
                    if self.stopping.wait(0.05):
                        break
            else:
                _answer(handler, status, {}, answer)

    def _passed_on(self, handler: BaseHTTPRequestHandler, body: bytes) -> tuple[int, bytes]:
        assert self._target is not None
        connection = http.client.HTTPConnection(str(self._target.hostname), self._target.port)
        try:
            headers = {"Content-Type": "application/json"} if body else {}
            connection.request(handler.command, handler.path, body or None, headers)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()


def _answer(
    handler: BaseHTTPRequestHandler,
    status: int,
    headers: dict[str, str],
    body: bytes,
    *,
    length: int | None = None,
) -> None:
    handler.send_response(status)
    for name, value in {"Content-Type": "application/json", **headers}.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body) if length is None else length))
    handler.end_headers()
    handler.wfile.write(body)
    handler.wfile.flush()
    if length is not None and body:
        handler.close_connection = True


def _reset(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.close_connection = True
    handler.connection.close()


@pytest.fixture
def start_server() -> Iterator[Callable[..., FaultyServer]]:
    """Starts servers that end with the test.

    `rule` is a function of `ReceivedRequest`, or the faults of the first requests about frames, in
    their order; None passes a request on to `target`.
    """
    servers: list[FaultyServer] = []

    def start(
        rule: Callable[[ReceivedRequest], Fault | None] | Sequence[Fault | None],
        *,
        target: str | None = None,
    ) -> FaultyServer:
        def by_order(asked: ReceivedRequest) -> Fault | None:
            assert isinstance(rule, Sequence)
            if not asked.about_frames:
                return None
            place = sum(other.number < asked.number for other in servers[-1].chats)
            return rule[place] if place < len(rule) else None

        servers.append(FaultyServer(rule if callable(rule) else by_order, target=target))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="session")
def chat_body() -> Callable[..., bytes]:
    """Builds a chat completion as servers send it."""

    def build(
        text: str | None = "Yes",
        *,
        finish: str | None = "stop",
        first: dict[str, float] | None = None,
        model: str = "judge",
        **message: Any,
    ) -> bytes:
        top = [
            {"token": t, "logprob": p, "bytes": list(t.encode())} for t, p in (first or {}).items()
        ]
        logprobs = {"content": [top[0] | {"top_logprobs": top}]} if top else None
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": text, **message},
            "finish_reason": finish,
            "logprobs": logprobs,
        }
        document = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": model}
        return json.dumps(document | {"choices": [choice]}).encode()

    return build


@pytest.fixture(scope="session")
def quick() -> dict[str, Any]:
    """Options of a judge that does not wait long."""
    return {"backoff": Backoff(first=0.01, longest=0.05), "answer_timeout": 20.0}


@pytest.fixture(scope="session")
def concise_qwen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model of random weights that says yes or no and then ends its turn.

    Yes and no leave the same large mark in the stream that the end of the turn is read off.
    """
    folder = save_tiny_qwen(
        tmp_path_factory.mktemp("models") / "concise-qwen", seed=18, answer_scale=24.0
    )
    model = Qwen2_5_VLForConditionalGeneration.from_pretrained(folder, dtype="float32")
    tokenizer = Qwen2_5_VLProcessor.from_pretrained(folder).tokenizer
    mark = torch.nn.functional.normalize(
        torch.randn(64, generator=torch.Generator().manual_seed(1)), dim=0
    )
    with torch.no_grad():
        for form in ("Yes", "No", " yes", " no", "yes", "no"):
            (token,) = tokenizer.encode(form)
            model.get_input_embeddings().weight[token] += 60.0 * mark
        end = tokenizer.convert_tokens_to_ids(END_OF_TURN)
        model.get_output_embeddings().weight[end] = 12.0 * mark
    model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def live_url(concise_qwen: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`transformers serve` with the tiny model, on loopback, as long as the tests run."""
    home = tmp_path_factory.mktemp("hub")
    (home / "hub").mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", "from transformers.cli.transformers import main; main()"]
    options = ["--host", "127.0.0.1", "--port", str(port), "--device", "cpu", "--dtype", "float32"]
    log = home / "serve.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [*command, "serve", str(concise_qwen), *options],
            env=os.environ | {"HF_HOME": str(home), "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"},
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        for _ in range(600):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
                    break
            except OSError:
                assert process.poll() is None, log.read_text()
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        process.wait(timeout=30)
