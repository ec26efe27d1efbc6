"""What must be right before the first question: address, key, model, and a server that answers."""

from __future__ import annotations

import hashlib
import logging
import os
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from evaluators.judges.openai.client import Client
from evaluators.judges.openai.failure import RequestFailedError
from evaluators.judges.openai.reply import ChatReply, read_chat, read_models
from evaluators.judges.openai.request_form import RequestForm, adaptations
from omiti2v.errors import UserError
from omiti2v.records import brief

logger = logging.getLogger(__name__)

_START_ATTEMPTS = 3
_LIST_SECONDS = 12.0
_ANSWER_SECONDS = 120.0
_MOST_FORMS = 12
_MOST_RESTORED = 3
_REFUSED = (400, 422)
# Some servers refuse a field by these; without a field's name they mean what they say.
_MAY_REFUSE = (*_REFUSED, 403, 404, 500, 501)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_WINDOWS_PATH = re.compile(r"[A-Za-z]:[\\/]")

Ask = Callable[[RequestForm], ChatReply]


def first_reply(
    client: Client,
    form: RequestForm,
    *,
    media_hints: Mapping[str, Any],
    may_think: bool,
    where: str,
) -> tuple[RequestForm, ChatReply]:
    """The reply to a first request without frames: what shows that all is set up, or what is not.

    The list of models alone shows little: `transformers serve` lists what lies in a cache, others
    list nothing. A field of the request that the server refuses is changed here, once for all.

    Args:
        client: The server's client.
        form: The request as it should be.
        media_hints: What requests about frames say to vLLM beside them.
        may_think: Whether the model may think before it answers.
        where: The server's address, for messages.

    Returns:
        The form that the server takes, and the reply.

    Raises:
        UserError: The server can't be reached, refuses access, or gives no answer.
    """
    listed: list[str] = []
    try:
        listed = client.get("/models", read_models, attempts=_START_ATTEMPTS, seconds=_LIST_SECONDS)
    except RequestFailedError as error:
        if error.status is None:
            raise UserError(
                f"{where}: the server can't be reached: {error}; start it, or mend the base URL, "
                "which usually ends in /v1"
            ) from None
    messages = [{"role": "user", "content": 'Reply with only "yes".'}]

    def ask(form: RequestForm) -> ChatReply:
        request = form.request(messages, media_hints)
        return client.post(
            "/chat/completions",
            request,
            read_chat,
            attempts=_START_ATTEMPTS,
            seconds=_ANSWER_SECONDS,
        )

    try:
        form, reply = _settled(ask, form)
    except RequestFailedError as error:
        _check_key(error, where)
        names = ", ".join(public_name(name) for name in listed[:8]) or "none"
        options = "".join(f"mend --server-option {name}, " for name in form.more)
        raise UserError(
            f"{where}: {form.model}: expected an answer to a first request, got {error}; the "
            f"server lists these models: {names}; give one that it serves, {options}mend the base "
            "URL, which usually ends in /v1, or look into the server's log"
        ) from None
    return (form, reply) if may_think else _without_thoughts(ask, form, reply, where)


def _settled(ask: Ask, form: RequestForm) -> tuple[RequestForm, ChatReply]:
    """The first form that the server takes, and its reply."""
    last: RequestFailedError | None = None
    guessed_from: RequestForm | None = None
    waiting = [form]
    for _ in range(_MOST_FORMS):
        if not waiting:
            break
        tried = waiting.pop(0)
        try:
            reply = ask(tried)
        except RequestFailedError as error:
            guess = guessed_from is None and error.status in _REFUSED
            changed = adaptations(tried, error.body, guess=guess)
            if error.status not in (_MAY_REFUSE if changed else _REFUSED):
                raise
            if len(changed) > 1:
                guessed_from = tried
            waiting, last = changed + waiting, error
        else:
            return _restored(ask, tried, reply, guessed_from) if guessed_from else (tried, reply)
    assert last is not None  # noqa: S101  # the loop ran
    raise last


def _restored(
    ask: Ask, form: RequestForm, reply: ChatReply, wanted: RequestForm
) -> tuple[RequestForm, ChatReply]:
    """The form with each field as it was in `wanted` that the server takes: a guess is too much."""
    left = _MOST_RESTORED
    for name in form.needless(wanted):
        for fuller in form.restored(name, wanted):
            if not left:
                break
            left -= 1
            try:
                form, reply = fuller, ask(fuller)
            except RequestFailedError as error:
                logger.info("%s: %s", name, error)
            else:
                break
    return form, reply


def _without_thoughts(
    ask: Ask, form: RequestForm, reply: ChatReply, where: str
) -> tuple[RequestForm, ChatReply]:
    """As it is where the model answers at once, else with thoughts turned off.

    Raises:
        UserError: They can't be.
    """
    if not reply.thinks:
        return form, reply
    changed = form.without_thoughts()
    if changed:
        try:
            reply = ask(changed)
        except RequestFailedError as error:
            logger.info("thoughts can't be turned off: %s", error)
        if not reply.thinks:
            return changed, reply
    raise UserError(
        f"{where}: {form.model}: thinks before it answers, so that its first token says nothing; "
        "turn thoughts off as this server does it, as with --server-option reasoning_effort=none, "
        "or give --protocol paper with --max-new-tokens enough for thoughts and answer"
    )


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
    is_path = name.startswith(("/", "~")) or "\\" in name or _WINDOWS_PATH.match(name)
    if not is_path:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:12]
    last = re.split(r"[\\/]", name.rstrip("\\/"))[-1]
    return f"{last}#{digest}"
