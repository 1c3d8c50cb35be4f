"""What is checked of every request before a route sees it: whom it was sent to, where it comes from, how much it
brings; and what every answer carries.

A server on localhost, or in a private network, can be reached by any page that a person there has open. So a browser's
request from another origin is refused unless that origin is allowed (Fetch standard, ``Origin``), and so is one sent to
a name that somebody else could have pointed here (DNS rebinding): then it would look like our own origin.
"""

import ipaddress
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from antiphon.server.problems import is_openai, problem

_CSP = (
    "default-src 'self'; connect-src 'self' ws: wss:; media-src 'self' blob: mediastream:; "
    "img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_PRIVATE_SUFFIXES = (".localhost", ".local")


class Guards:
    """ASGI middleware. ``allowed_hosts``: names of this server besides addresses and names of its own network."""

    def __init__(self, app: ASGIApp, allowed_origins: tuple[str, ...], allowed_hosts: tuple[str, ...]) -> None:
        self._app, self._origins = app, allowed_origins
        self._hosts = frozenset(host.lower() for host in allowed_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                answer.setdefault("X-Content-Type-Options", "nosniff")
                answer.setdefault("Referrer-Policy", "no-referrer")
                answer.setdefault("Content-Security-Policy", _CSP)
                answer.setdefault("Cache-Control", "no-store" if scope["path"].startswith("/api/") else "no-cache")
            await send(message)

        refusal: ASGIApp | None = self._refusal(Headers(scope=scope), openai=is_openai(scope["path"]))
        if refusal is not None and scope["type"] == "websocket":
            refusal = WebSocketClose()  # before it is accepted: 403, and no browser shows a page more than that
        await (refusal or self._app)(scope, receive, send_with_headers)

    def _refusal(self, headers: Headers, *, openai: bool) -> Response | None:
        host, origin = headers.get("host"), headers.get("origin")
        if host is not None and not self._ours(host):
            return problem(
                421,
                f"This server does not know itself as {host[:200]}. Its names are in ANTIPHON_ALLOWED_HOSTS.",
                openai=openai,
            )
        if origin is not None and origin not in self._origins and not is_of(origin, host):
            return problem(403, f"Requests from the origin {origin[:200]} are not allowed here.", openai=openai)
        return None

    def _ours(self, host: str) -> bool:
        name = host_name(host)
        return name is not None and (name in self._hosts or is_private(name))


class BodyLimit:
    """ASGI middleware: the body of a request has at most ``limit`` bytes, said beforehand or not."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app, self._limit = app, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        taken = 0
        detail = f"A request has at most {self._limit} bytes."
        said = Headers(scope=scope).get("content-length", "")
        if said.isdecimal() and int(said) > self._limit:
            await problem(413, detail, openai=is_openai(scope["path"]))(scope, receive, send)
            return

        async def receive_counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._limit:
                raise HTTPException(413, detail)
            return message

        await self._app(scope, receive_counted, send)


def host_name(host: str) -> str | None:
    """The name or address in a ``Host`` header (RFC 9110 section 7.2), in small letters; None if there is none."""
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


def is_private(name: str) -> bool:
    """An address, which nobody can point elsewhere, or a name that no stranger can own: one without a dot, or under
    ``localhost`` (RFC 6761) or ``local`` (RFC 6762)."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return "." not in name or name.endswith(_PRIVATE_SUFFIXES)
    return True


def is_of(origin: str, host: str | None) -> bool:
    """Whether a request's ``Origin`` is the server it was sent to. The scheme may differ: TLS can end before us."""
    try:
        where = urlsplit(origin).netloc
    except ValueError:
        return False
    return bool(where) and host is not None and where.lower() == host.lower()
