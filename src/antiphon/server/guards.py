"""What is checked of every request before a route sees it, where it comes from; and what every answer carries.

A server on localhost can be reached by any page its user has open; so a browser's request from another origin is
refused unless that origin is allowed (Fetch standard, ``Origin``).
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from antiphon.server.problems import problem

_CSP = (
    "default-src 'self'; connect-src 'self' ws: wss:; media-src 'self' blob: mediastream:; "
    "img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


class Guards:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, allowed_origins: tuple[str, ...]) -> None:
        self._app, self._allowed = app, allowed_origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if origin is not None and not self._own(origin, headers.get("host", "")) and origin not in self._allowed:
            refusal = problem(403, "Foreign origin", f"Requests from the origin {origin[:200]} are not allowed here.")
            await refusal(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                answer.setdefault("X-Content-Type-Options", "nosniff")
                answer.setdefault("Referrer-Policy", "no-referrer")
                answer.setdefault("Content-Security-Policy", _CSP)
                if scope["path"].startswith("/api/"):
                    answer.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, send_with_headers)

    @staticmethod
    def _own(origin: str, host: str) -> bool:
        return urlsplit(origin).netloc.lower() == host.lower()
