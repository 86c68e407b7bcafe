"""The public web process: widget API, nurse console, health. It never imports Rasa."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot import health, parts
from bot.channels.widget import api
from bot.console import routes as console
from bot.conversation.intake import Intake
from bot.conversation.precedence import Precedence
from bot.conversation.watch import Watcher
from bot.errors import NotFound, ProductError, TooMany
from bot.settings import Settings
from bot.store import Database

log = structlog.get_logger()


def create_app(
    settings: Settings, *, database: Database | None = None, intake: Intake | None = None
) -> Starlette:
    """The application with everything it needs in `app.state`; raises SettingsError."""
    record = database or parts.database(settings)
    watcher = Watcher(record)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with watcher.running():
            yield

    app = Starlette(
        routes=[*health.routes(), *api.routes(), *_telegram(settings), *console.routes()],
        lifespan=lifespan,
        exception_handlers={
            ProductError: _expected,
            HTTPException: _http,
            ClientDisconnect: _gone,
            Exception: _unexpected,
        },
    )
    app.state.settings = settings
    app.state.database = record
    app.state.watcher = watcher
    app.state.wording = parts.wording(settings)
    app.state.safety = parts.safety_wording(settings)
    app.state.intake = intake or parts.intake(settings, record)
    app.state.precedence = Precedence(app.state.intake)
    return app


def _telegram(settings: Settings) -> list[Route]:
    if not (settings.telegram_token and settings.telegram_webhook_secret):
        return []
    from bot.channels.telegram import webhook  # noqa: PLC0415  its library takes 16 MB

    return webhook.routes()


def error_response(error: ProductError) -> Response:
    """The contract's error body."""
    body = {"error": {"code": error.code, "message": error.message}}
    wait = error.retry_after_s if isinstance(error, TooMany) else None
    headers = {"Retry-After": str(wait)} if wait is not None else None
    return JSONResponse(body, status_code=error.status, headers=headers)


async def _expected(request: Request, error: Exception) -> Response:
    assert isinstance(error, ProductError)  # noqa: S101  registered for it
    if console.owns(request):
        return console.error_page(request, error)
    return error_response(error)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  registered for it
    code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "http_error")
    known = NotFound("there is nothing at this address", code=code)
    if console.owns(request):
        return console.error_page(request, known)
    body = {"error": {"code": code, "message": error.detail}}
    return JSONResponse(body, status_code=error.status_code, headers=error.headers)


async def _gone(_request: Request, _error: Exception) -> Response:
    """The client hung up while sending: nothing was stored, and nobody hears this answer."""
    return Response(status_code=499)


async def _unexpected(request: Request, error: Exception) -> Response:
    log.error("web.unexpected_error", path=request.url.path, error=type(error).__name__)
    return error_response(ProductError("something went wrong here; nothing was stored"))
