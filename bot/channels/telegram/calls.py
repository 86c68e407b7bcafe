"""Calls at Telegram that follow a commit and belong to no conversation; losing one harms nobody."""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from telegram import Bot
from telegram.error import TelegramError

log = structlog.get_logger()


@dataclass(frozen=True)
class AnswerButton:
    """Stops the waiting sign on a tapped button; `text` is shown for a moment."""

    callback_id: str
    text: str = ""

    async def do(self, client: Bot) -> None:
        """Call answerCallbackQuery."""
        await client.answer_callback_query(self.callback_id, text=self.text or None)


@dataclass(frozen=True)
class Say:
    """A text to a chat that has no conversation (any more)."""

    chat_id: int
    text: str

    async def do(self, client: Bot) -> None:
        """Call sendMessage."""
        await client.send_message(self.chat_id, self.text)


@dataclass(frozen=True)
class Leave:
    """Leave a group."""

    chat_id: int

    async def do(self, client: Bot) -> None:
        """Call leaveChat."""
        await client.leave_chat(self.chat_id)


Call = AnswerButton | Say | Leave


async def perform(client: Bot, calls: list[Call]) -> None:
    """Make the calls in order; one that fails is logged and given up."""
    for call in calls:
        await _perform(client, call)


async def _perform(client: Bot, call: Call) -> None:
    try:
        await call.do(client)
    except TelegramError as error:
        log.warning("telegram.call_failed", call=type(call).__name__, error=type(error).__name__)
