"""The worker process: dispatcher, outbox and whatever happens because time passes."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

from bot import parts
from bot.conversation import backlog
from bot.conversation.approved import Approved, Checked
from bot.conversation.delivery import Channel
from bot.conversation.dialogue import Dialogue
from bot.conversation.dispatcher import Dispatcher
from bot.conversation.outbox import Outbox
from bot.settings import Settings
from bot.store import Database
from bot.timers import Timers

log = structlog.get_logger()


async def work(settings: Settings) -> None:
    """Runs until cancelled."""
    record = parts.database(settings)
    wording = parts.wording(settings)
    approved = Approved(wording, parts.library(settings))
    dialogue = Checked(Dialogue(settings), approved, wording)
    dispatcher = Dispatcher(record, dialogue, wording, settings)
    timers = Timers(record, wording, settings)
    senders, watches = _telegram(settings, record)
    outbox = Outbox(record, senders)
    log.info("worker.ready")
    try:
        await asyncio.gather(
            dispatcher.run(),
            outbox.run(),
            timers.run(),
            backlog.Watch(record).run(),
            *watches,
        )
    finally:
        await dialogue.close()
        record.close()


def _telegram(
    settings: Settings, record: Database
) -> tuple[list[Channel], list[Coroutine[Any, Any, None]]]:
    """What sends to Telegram and watches it, where it is set up."""
    if not settings.telegram_token:
        return [], []
    from bot.channels.telegram import backlog as telegram_backlog  # noqa: PLC0415  16 MB
    from bot.channels.telegram.sender import TelegramSender  # noqa: PLC0415

    return [TelegramSender(settings)], [telegram_backlog.watch(settings, record)]
