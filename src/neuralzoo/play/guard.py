"""Who may talk to the server: pages that it served itself, from an address it was asked to serve."""

import hmac
import ipaddress
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

Scope = MutableMapping[str, Any]
App = Callable[[Scope, Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]]
COOKIE = "neuralzoo-playground"
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-cache",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self' ws://{host}; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True)
class Guard:
    """Refuses requests before they reach the playground.

    Every request names the server as its host, so a foreign name that was made to point here (DNS rebinding) leads nowhere; a
    request that comes from a page names an origin, which has to be this server. Where a token is set, the first request brings
    it in its address, and the browser keeps it in a cookie that no other site is sent.

    Fields:
        app: what is guarded.
        host, port: what the server is bound to.
        token: "" where none is needed.
    """

    app: App
    host: str
    port: int
    token: str = ""

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        refusal, given = self.judge(headers, scope)
        if refusal:
            await _refuse(scope, receive, send, refusal)
            return
        policy = POLICY.format(host=headers["host"])

        async def dressed(message: Any) -> None:
            if message["type"] == "http.response.start":
                own = [(name.encode(), value.encode()) for name, value in {**HEADERS, "content-security-policy": policy}.items()]
                if given:
                    own.append((b"set-cookie", f"{COOKIE}={self.token}; HttpOnly; SameSite=Strict; Path=/".encode()))
                message = {**message, "headers": [*message["headers"], *own]}
            await send(message)

        await self.app(scope, receive, dressed)

    def judge(self, headers: dict[str, str], scope: Scope) -> tuple[str, bool]:
        """Why a request is refused, "" where it is not; and whether it brought the token in its address."""
        host, origin = headers.get("host", ""), headers.get("origin")
        if not self.serves(host):
            return f"this server is not {host!r}", False
        if (origin is None and scope["type"] == "websocket") or (origin is not None and origin != f"http://{host}"):
            return f"a page of {origin!r} may not talk to this server", False
        if not self.token:
            return "", False
        told = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("token", [""])[0]
        if hmac.compare_digest(told.encode(), self.token.encode()):
            return "", True
        kept = _cookie(headers.get("cookie", ""))
        return ("" if hmac.compare_digest(kept.encode(), self.token.encode()) else "the token is missing or wrong"), False

    def serves(self, host: str) -> bool:
        """Whether a Host header means this server."""
        try:
            parts = urlsplit(f"//{host}")
            name, port = parts.hostname or "", parts.port or 80
        except ValueError:
            return False
        if port != self.port or host.rpartition("@")[0]:
            return False
        if name in ("localhost", self.host) or is_loopback(name):
            return True
        return bool(self.token)  # bound elsewhere: under which names it is reached is not known here, but the token is


def is_loopback(host: str) -> bool:
    """Whether an address can only be reached from this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _cookie(text: str) -> str:
    try:
        found = SimpleCookie(text).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""


async def _refuse(scope: Scope, receive: Any, send: Any, why: str) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": why[:120]})
        return
    said = f"refused: {why}\n".encode("utf-8", "replace")
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(said)).encode())]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": said})
