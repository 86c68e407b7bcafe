"""Telegram's speed limits: 30 messages a second for a bot, about one a second in one chat."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from bot.pace import Bucket, Buckets

OVERALL_PER_S = 25.0
CHAT_PER_S = 1.0
CHAT_BURST = 4


class Limits:
    """Waits before a send so that Telegram has no reason to answer 429."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._overall = Bucket(OVERALL_PER_S, 1)
        self._chats = Buckets(CHAT_PER_S, CHAT_BURST, clock)

    async def wait(self, chat: str) -> None:
        """Return when a message to this chat may go out."""
        await asyncio.sleep(self._chats.take(chat))
        await asyncio.sleep(self._overall.take(self._clock()))
