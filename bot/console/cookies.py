"""The console's cookies: the session's token, and the proof that a sign-in form is our own."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

SESSION = "console"
FORM = "console-form"


def is_secure(request: Request) -> bool:
    """Whether browsers reach us by https."""
    public_url: str = request.app.state.settings.public_url
    return public_url.startswith("https://") or request.url.scheme == "https"


def name(request: Request, kind: str) -> str:
    """`__Host-` binds a cookie to this very host, where https allows it."""
    return f"__Host-{kind}" if is_secure(request) else kind


def read(request: Request, kind: str) -> str:
    """The cookie's value, empty when there is none."""
    return request.cookies.get(name(request, kind), "")


def put(request: Request, response: Response, kind: str, value: str) -> None:
    """Set the cookie until the browser closes; scripts and other sites never get it."""
    response.set_cookie(
        name(request, kind),
        value,
        path="/",
        secure=is_secure(request),
        httponly=True,
        samesite="strict",
    )


def drop(request: Request, response: Response, kind: str) -> None:
    """Remove the cookie."""
    response.delete_cookie(
        name(request, kind),
        path="/",
        secure=is_secure(request),
        httponly=True,
        samesite="strict",
    )
