"""The Bot API client: python-telegram-bot's Bot with explicit timeouts, and raw long polling."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from telegram import Bot
from telegram.error import RetryAfter
from telegram.request import HTTPXRequest

from bot.errors import SettingsError
from bot.settings import Settings

CONNECT_S = 5.0
ANSWER_S = 10.0
POLL_S = 25
BATCH = 100
KINDS = ("message", "edited_message", "callback_query", "my_chat_member", "channel_post")
"""The updates we ask for; Telegram keeps the others to itself."""


def bot(settings: Settings, *, connections: int = 8) -> Bot:
    """A client that needs no start; give it back with `close`. Raises SettingsError."""
    if not settings.telegram_token:
        raise SettingsError("TELEGRAM_TOKEN is not set")
    quiet()
    request = HTTPXRequest(
        connection_pool_size=connections,
        connect_timeout=CONNECT_S,
        read_timeout=ANSWER_S,
        write_timeout=ANSWER_S,
        pool_timeout=CONNECT_S,
        httpx_kwargs={"trust_env": not _local(settings.telegram_api)},
    )
    return Bot(
        settings.telegram_token,
        base_url=settings.telegram_bot_url,
        request=request,
        get_updates_request=request,
    )


async def close(client: Bot) -> None:
    """Give back the connections."""
    await client.request.shutdown()


def quiet() -> None:
    """Keep the token out of the logs: these libraries log every address they call."""
    for name in ("httpx", "httpcore", "telegram"):
        logging.getLogger(name).setLevel(logging.WARNING)


async def updates(client: Bot, offset: int, timeout_s: int = POLL_S) -> list[dict[str, Any]]:
    """Wait for updates from `offset` on, as Telegram sent them; raises TelegramError.

    Not `Bot.get_updates`: one update that the library cannot read would fail the whole batch.
    """
    query = urlencode(
        {
            "offset": offset,
            "limit": BATCH,
            "timeout": timeout_s,
            "allowed_updates": json.dumps(KINDS),
        }
    )
    payload = await client.request.retrieve(
        f"{client.base_url}/getUpdates?{query}", read_timeout=timeout_s + ANSWER_S
    )
    result: list[dict[str, Any]] = json.loads(payload)["result"]
    return result


def seconds(error: RetryAfter) -> float:
    """How long Telegram asks to wait; the library is about to change the type."""
    told = error.retry_after
    return told.total_seconds() if isinstance(told, timedelta) else float(told)


def _local(url: str) -> bool:
    return "//127.0.0.1" in url or "//localhost" in url
