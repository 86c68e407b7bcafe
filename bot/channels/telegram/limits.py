"""Telegram's speed limits: 30 messages a second for a bot, about one a second in one chat."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

OVERALL_PER_S = 25.0
CHAT_PER_S = 1.0
CHAT_BURST = 4
FORGET_ABOVE = 10_000


class Bucket:
    """Lets `burst` through at once and `rate_per_s` in the long run, in the order of asking."""

    def __init__(self, rate_per_s: float, burst: float, at_s: float) -> None:
        self._interval_s = 1 / rate_per_s
        self._slack_s = (burst - 1) / rate_per_s
        self._next_s = at_s - self._slack_s

    def wait_s(self, at_s: float) -> float:
        """Take a place and say how long to wait for it."""
        self._next_s = max(self._next_s, at_s - self._slack_s)
        wait_s = max(0.0, self._next_s - at_s)
        self._next_s += self._interval_s
        return wait_s

    def free(self, at_s: float) -> bool:
        """Whether it is as good as new."""
        return self._next_s <= at_s - self._slack_s


class Limits:
    """Waits before a send so that Telegram has no reason to answer 429."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._overall = Bucket(OVERALL_PER_S, 1, clock())
        self._chats: dict[str, Bucket] = {}

    async def wait(self, chat: str) -> None:
        """Return when a message to this chat may go out."""
        await asyncio.sleep(self._chat(chat).wait_s(self._clock()))
        await asyncio.sleep(self._overall.wait_s(self._clock()))

    def _chat(self, chat: str) -> Bucket:
        if len(self._chats) > FORGET_ABOVE:
            self._chats = {
                name: bucket for name, bucket in self._chats.items()
                if not bucket.free(self._clock())
            }
        if chat not in self._chats:
            self._chats[chat] = Bucket(CHAT_PER_S, CHAT_BURST, self._clock())
        return self._chats[chat]
