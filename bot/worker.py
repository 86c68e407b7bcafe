"""The worker process: dispatcher, outbox and whatever happens because time passes."""

from __future__ import annotations

import asyncio

import structlog

from bot import parts
from bot.channels.telegram import backlog as telegram_backlog
from bot.channels.telegram.sender import TelegramSender
from bot.conversation import backlog
from bot.conversation.approved import Approved, Checked
from bot.conversation.dialogue import Dialogue
from bot.conversation.dispatcher import Dispatcher
from bot.conversation.outbox import Outbox
from bot.settings import Settings
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
    senders = [TelegramSender(settings)] if settings.telegram_token else []
    outbox = Outbox(record, senders)
    log.info("worker.ready")
    try:
        await asyncio.gather(
            dispatcher.run(), outbox.run(), timers.run(), backlog.Watch(record).run(),
            *([telegram_backlog.watch(settings, record)] if settings.telegram_token else []),
        )
    finally:
        await dialogue.close()
        record.close()
