"""The webhook: Telegram calls us, proves itself by a secret, and gets 200 after the commit.

Used when TELEGRAM_WEBHOOK_SECRET is set; the address is PUBLIC_URL/telegram/webhook. Telegram is
told to use one connection, so it sends the next update only when this one is stored.
"""

from __future__ import annotations

import asyncio
import hmac
import json
from typing import Any
from weakref import WeakValueDictionary

import structlog
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.channels.telegram import api, arrivals, calls
from bot.channels.telegram.calls import Call
from bot.channels.telegram.pulse import Heart
from bot.channels.telegram.reception import Reception
from bot.channels.telegram.taking import Taking
from bot.channels.telegram.texts import Texts
from bot.errors import InvalidInput, NotFound, TooLarge, Unavailable
from bot.settings import Settings

PATH = "/telegram/webhook"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  the header's name
MAX_BODY_BYTES = 1_000_000
log = structlog.get_logger()


def routes() -> list[Route]:
    """The webhook's one address; it answers 404 unless the settings turn the webhook on."""
    return [Route(PATH, _receive, methods=["POST"])]


class Webhook:
    """What the address needs, made at its first use."""

    def __init__(self, app_state: Any) -> None:
        settings: Settings = app_state.settings
        self.client = api.bot(settings)
        reception = Reception(app_state.database, app_state.intake, Texts.load(settings), settings)
        self._taking = Taking(reception)
        self._heart = Heart(app_state.database)
        self._lanes: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._after: set[asyncio.Task[None]] = set()

    async def take(self, raw: dict[str, Any]) -> list[Call]:
        """Commit one update; raises Unavailable, then Telegram sends it again."""
        arrival = arrivals.read(raw)
        lane = self._lanes.setdefault(arrival.chat_id, asyncio.Lock())
        async with lane:
            try:
                follow = await self._taking.take(arrival)
            except Unavailable:
                self._call_later(self._taking.apology(arrival))
                raise
        await self._heart.beat()
        return follow

    def _call_later(self, follow: list[Call]) -> None:
        if follow:
            task = asyncio.create_task(calls.perform(self.client, follow))
            self._after.add(task)
            task.add_done_callback(self._after.discard)


async def _receive(request: Request) -> Response:
    _admit(request.app.state.settings, request.headers.get(SECRET_HEADER, ""))
    webhook = _webhook(request)
    follow = await webhook.take(_update(await _body(request)))
    task = BackgroundTask(calls.perform, webhook.client, follow) if follow else None
    return JSONResponse({}, background=task)


def _admit(settings: Settings, secret: str) -> None:
    """Raise NotFound unless the webhook is on and the caller knows its secret."""
    expected = settings.telegram_webhook_secret
    known = hmac.compare_digest(secret.encode(), expected.encode())
    if not (settings.telegram_token and expected and known):
        log.warning("telegram.webhook_refused")
        raise NotFound("there is nothing at this address")


async def _body(request: Request) -> bytes:
    """The body, read no further than the limit; raises TooLarge."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise TooLarge("an update has at most 1 MB")
    return body


def _update(body: bytes) -> dict[str, Any]:
    try:
        raw = json.loads(body)
    except ValueError:
        raise InvalidInput("the update is not JSON") from None
    if not isinstance(raw, dict) or not isinstance(raw.get("update_id"), int):
        raise InvalidInput("the update has no update_id")
    return raw


def _webhook(request: Request) -> Webhook:
    state = request.app.state
    if not hasattr(state, "telegram_webhook"):
        state.telegram_webhook = Webhook(state)
    webhook: Webhook = state.telegram_webhook
    return webhook
