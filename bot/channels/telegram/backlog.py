"""Asking Telegram how many updates it holds for us, also when the receiver is dead."""

from __future__ import annotations

import asyncio

import structlog
from starlette.concurrency import run_in_threadpool
from telegram import Bot
from telegram.error import InvalidToken, TelegramError

from bot.channels.telegram import CHANNEL, api
from bot.conversation import backlog
from bot.errors import Unavailable
from bot.settings import Settings
from bot.store import Database

EVERY_S = 30.0
log = structlog.get_logger()


async def watch(settings: Settings, database: Database) -> None:
    """Until cancelled; the alarm itself is the backlog's."""
    client = api.bot(settings, connections=1)
    try:
        while True:
            await look(client, database)
            await asyncio.sleep(EVERY_S)
    finally:
        await api.close(client)


async def look(client: Bot, database: Database) -> None:
    """One question, its answer kept in the record; what fails is logged."""
    try:
        info = await client.get_webhook_info()
        await run_in_threadpool(_keep, database, info.pending_update_count)
    except InvalidToken:
        log.error("telegram.token_refused")  # noqa: TRY400  the trace would show nothing more
    except TelegramError as error:
        log.warning("telegram.backlog_unknown", error=type(error).__name__)
    except Unavailable:
        log.warning("telegram.pulse_not_stored")
    else:
        if info.last_error_message:
            log.warning("telegram.webhook_trouble", said=info.last_error_message)


def _keep(database: Database, waiting: int) -> None:
    with database.write() as session:
        backlog.heard(session, CHANNEL, waiting)
