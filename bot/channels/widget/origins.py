"""Cross-origin access for the websites the clinic lists, and for nobody else."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

METHODS = "GET, POST, DELETE"
HEADERS = "Authorization, Content-Type, Last-Event-ID"
MAX_AGE_S = 600


class AllowedOrigins:
    """ASGI middleware; reads `allowed_origins` from the application's settings."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a preflight, or let the request through and mark the answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        origin = Headers(scope=scope).get("origin", "")
        allowed = origin.rstrip("/") in listed(scope["app"].state.settings.allowed_origins)
        if scope["method"] == "OPTIONS":
            await _preflight(origin if allowed else None)(scope, receive, send)
            return
        await self._app(scope, receive, _marking(send, origin if allowed else None))


def listed(allowed_origins: str) -> set[str]:
    """The origins of the setting: separated by spaces or commas, without a final slash."""
    return {origin.rstrip("/") for origin in allowed_origins.replace(",", " ").split()}


def _preflight(origin: str | None) -> Response:
    headers = {"Vary": "Origin", "Cache-Control": "no-store"}
    if origin is None:
        return Response(status_code=403, headers=headers)
    headers |= {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Methods": METHODS,
        "Access-Control-Allow-Headers": HEADERS,
        "Access-Control-Max-Age": str(MAX_AGE_S),
    }
    return Response(status_code=204, headers=headers)


def _marking(send: Send, origin: str | None) -> Send:
    async def marked(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.add_vary_header("Origin")
            if origin is not None:
                headers["Access-Control-Allow-Origin"] = origin
                headers["Access-Control-Expose-Headers"] = "Retry-After"
        await send(message)

    return marked
