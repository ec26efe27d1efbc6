"""What must be right before the first question: address, key, model, and a server that answers."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable
from pathlib import PurePath
from typing import Any
from urllib.parse import urlsplit

from evaluators.judges.openai.client import Client, RequestFailedError
from evaluators.judges.openai.reply import ChatReply, read_chat, read_models
from omiti2v.errors import UserError
from omiti2v.records import brief

logger = logging.getLogger(__name__)

_START_ATTEMPTS = 3
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def first_reply(
    client: Client,
    model: str,
    request: Callable[[list[dict[str, Any]]], dict[str, Any]],
    *,
    where: str,
) -> ChatReply:
    """The reply to a first request without frames: what shows that all is set up, or what is not.

    The list of models alone shows little: `transformers serve` lists what lies in a cache, others
    list nothing.

    Args:
        client: The server's client.
        model: The model's name on it.
        request: Makes a request of messages, as for the questions.
        where: The server's address, for messages.

    Raises:
        UserError: The server can't be reached, refuses access, or gives no answer.
    """
    listed: list[str] = []
    try:
        listed = client.get("/models", read_models, attempts=_START_ATTEMPTS)
    except RequestFailedError as error:
        if error.status is None:
            raise UserError(
                f"{where}: the server can't be reached: {error}; start it, or mend the base URL, "
                "which usually ends in /v1"
            ) from None
        _check_key(error, where)
    messages = [{"role": "user", "content": 'Reply with only "yes".'}]
    try:
        return client.post(
            "/chat/completions", request(messages), read_chat, attempts=_START_ATTEMPTS
        )
    except RequestFailedError as error:
        _check_key(error, where)
        names = ", ".join(public_name(name) for name in listed[:8]) or "none"
        raise UserError(
            f"{where}: {model}: expected an answer to a first request, got {error}; the server "
            f"lists these models: {names}; give one that it serves, mend the base URL, which "
            "usually ends in /v1, or look into the server's log"
        ) from None


def _check_key(error: RequestFailedError, where: str) -> None:
    if error.status in (401, 403):
        raise UserError(
            f"{where}: the server refuses access: {error}; give the name of the environment "
            "variable that holds the right API key"
        ) from None


def read_key(variable: str | None) -> str | None:
    """The API key in an environment variable; None where no variable is named.

    Raises:
        UserError: The variable holds no key; the message does not show what it holds.
    """
    if variable is None:
        return None
    key = os.environ.get(variable, "").strip()
    if not key:
        raise UserError(f"{variable}: expected the API key in this environment variable, got none")
    if not (key.isascii() and key.isprintable()):
        raise UserError(f"{variable}: expected an API key of printable ASCII characters")
    return key


def check_url(base_url: str, *, has_key: bool) -> str:
    """The base URL; a key that would travel unencrypted is warned of.

    Raises:
        UserError: It is not the address of a server, or holds a password.
    """
    try:
        parts = urlsplit(base_url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment:
        raise UserError(
            f"base URL: expected one as http://localhost:8000/v1, got {brief(base_url)}"
        )
    if parts.username is not None or parts.password is not None:
        raise UserError(
            "base URL: holds a user name or password; put the key into an environment variable and "
            "give the variable's name"
        )
    if has_key and parts.scheme == "http" and host not in _LOOPBACK:
        logger.warning("%s: the API key is sent unencrypted", base_url)
    return base_url


def public_name(name: str) -> str:
    """A model's name without the folders of the machine it lies on."""
    if not name.startswith(("/", "~")) and "\\" not in name:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:12]
    return f"{PurePath(name).name}#{digest}"
