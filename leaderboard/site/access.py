"""Who may ask: the names that a page is reached by, the pages that may call it, and its token.

An address of this computer is not a password. Any web page can make a browser ask it, by
`http://localhost:PORT` or by a name of its own that it lets point here (DNS rebinding); the browser
then says in `Host` and `Origin` where the page came from.
"""

from __future__ import annotations

import hmac
import ipaddress
from urllib.parse import parse_qs

from leaderboard.site.asgi import App, Receive, Scope, Send, header_values, refuse, respond

TOKEN = "token"  # noqa: S105 (the name of the parameter)


def local_hosts(address: str, port: int) -> frozenset[str] | None:
    """What `Host` may say on a page that listens on an address.

    Args:
        address, port: To listen on.

    Returns:
        The names of this computer with the port, where others can't reach the address; None where
        they can: a proxy's names are not known here.
    """
    try:
        local = address == "localhost" or ipaddress.ip_address(address).is_loopback
    except ValueError:
        local = False
    if not local:
        return None
    names = {"localhost", "127.0.0.1", "[::1]", f"[{address}]" if ":" in address else address}
    hosts = {f"{name}:{port}" for name in names}
    return frozenset(hosts | names if port == 80 else hosts)


def why_foreign(hosts: list[str], origins: list[str], known: frozenset[str] | None) -> str | None:
    """Why a request is from elsewhere; None where it is not.

    Args:
        hosts, origins: The values of its headers `Host` and `Origin`.
        known: The hosts that are this page; None for any.
    """
    if len(hosts) != 1 or len(origins) > 1:
        return "expected one Host and at most one Origin"
    host = hosts[0].lower()
    if known is not None and host not in known:
        return (
            "this page is only for its own computer, under the address that the command printed; "
            "--address 0.0.0.0 lets other names in"
        )
    if not origins:
        return None  # no browser, or a browser that asks for a page's own part
    # Where a proxy ends the encryption the schemes differ, so that only a local page's is known.
    allowed = (f"http://{host}",) if known else (f"http://{host}", f"https://{host}")
    return None if origins[0].lower() in allowed else "this page takes no calls from other pages"


class AccessGate:
    """Lets to a page who is on it, and with a token only who has it.

    The token comes once in the address and is then kept in a cookie that no script reads and no
    other site's page sends.

    Args:
        app: The page, as an ASGI application.
        hosts: See `local_hosts`.
        token: None for a page that anybody may see.
        cookie: The name of the cookie; browsers don't tell ports apart, so each page has its own.
    """

    def __init__(
        self,
        app: App,
        *,
        hosts: frozenset[str] | None,
        token: str | None = None,
        cookie: str = "omiti2v",
    ) -> None:
        self._app = app
        self._hosts = hosts
        self._token = token
        self._cookie = cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        reason = why_foreign(
            header_values(scope, "host"), header_values(scope, "origin"), self._hosts
        )
        if reason is not None:
            await refuse(scope, receive, send, 403, reason)
        elif self._token is None or self._matches(self._kept(scope)):
            await self._app(scope, receive, send)
        elif scope["type"] == "http" and self._matches(_given(scope)):
            await self._welcome(send)
        else:
            reason = "open the whole address that the command printed, with its token"
            await refuse(scope, receive, send, 403, reason)

    def _matches(self, found: list[str]) -> bool:
        token = (self._token or "").encode()
        return any(hmac.compare_digest(one.encode(), token) for one in found)

    def _kept(self, scope: Scope) -> list[str]:
        # By hand: other pages of this computer leave cookies here too, and the library stops at the
        # first that is malformed.
        pairs = [
            part.strip().partition("=")
            for header in header_values(scope, "cookie")
            for part in header.split(";")
        ]
        return [value for name, _, value in pairs if name == self._cookie]

    async def _welcome(self, send: Send) -> None:
        # A page that goes on by itself and no redirect: after a link from another site, a browser
        # would not send such a cookie with the request that a redirect leads to.
        cookie = f"{self._cookie}={self._token}; Path=/; HttpOnly; SameSite=Strict"
        page = '<!doctype html><meta http-equiv="refresh" content="0;url=/"><a href="/">Go on</a>'
        await respond(send, 200, page, kind="html", headers={"set-cookie": cookie})


def _given(scope: Scope) -> list[str]:
    return parse_qs(scope["query_string"].decode("latin-1")).get(TOKEN, [])
