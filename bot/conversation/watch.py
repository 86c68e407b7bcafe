"""Noticing new events and notices, whichever process wrote them.

One look at the database every twentieth of a second serves all open streams of this process. The
number asked for only grows in commit order, so nothing can appear below it later.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from time import monotonic

import structlog
from starlette.concurrency import run_in_threadpool

from bot.conversation import events
from bot.errors import Unavailable
from bot.store import Database

PERIOD_S = 0.05
log = structlog.get_logger()


class Watcher:
    """Knows the newest position and wakes whoever waits for a newer one."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._news = asyncio.Event()
        self.position = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Look for news as long as the block lasts."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            task.cancel()

    async def wait(self, position: int, timeout_s: float) -> int:
        """The newest position, as soon as it is above `position` or the time is over."""
        until = monotonic() + timeout_s
        while self.position <= position and (left := until - monotonic()) > 0:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._news.wait(), left)
        return self.position

    async def _run(self) -> None:
        while True:
            try:
                newest = await run_in_threadpool(self._newest)
            except Unavailable:
                log.warning("watcher.storage_unavailable")
                newest = self.position
            if newest > self.position:
                self.position = newest
                self._news.set()  # no lock: whoever is cancelled while waiting holds up nobody
                self._news = asyncio.Event()
            await asyncio.sleep(PERIOD_S)

    def _newest(self) -> int:
        with self._database.read() as session:
            return events.newest_position(session)
