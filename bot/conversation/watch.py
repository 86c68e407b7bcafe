"""Noticing new events and notices, whichever process wrote them.

One look at the database serves all open streams of this process, and is made only when something
was committed. The number asked for only grows in commit order: nothing appears below it later.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from time import monotonic

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from bot.conversation import events
from bot.errors import Unavailable
from bot.store import Database
from bot.store.commits import Commits

PERIOD_S = 0.015
UNCOUNTED_PERIOD_S = 0.05
"""Where commits are not counted and every look is a query."""
REMEMBERED = 10_000
"""Conversations whose newest event is known; before that everybody is woken too often once."""
log = structlog.get_logger()


class Watcher:
    """Knows the newest position and wakes whoever waits for a newer one."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._commits = Commits(database.engine)
        self._news = asyncio.Event()
        self._waiting: dict[str, set[asyncio.Future[None]]] = {}
        self._newest_of: dict[str, int] = {}
        self._forgotten = 0
        """Up to this position it is not known which conversations have events."""
        self.position = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Look for news as long as the block lasts."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            task.cancel()
            self._commits.close()

    async def wait(self, position: int, timeout_s: float) -> int:
        """The newest position, as soon as it is above `position` or the time is over."""
        until = monotonic() + timeout_s
        while self.position <= position and (left := until - monotonic()) > 0:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._news.wait(), left)
        return self.position

    async def wait_for(self, conversation_id: str, position: int, timeout_s: float) -> int:
        """The newest position, as soon as this conversation has something above `position`."""
        if self._newest_of.get(conversation_id, self._forgotten) <= position:
            woken = asyncio.get_running_loop().create_future()
            self._waiting.setdefault(conversation_id, set()).add(woken)
            try:
                await asyncio.wait((woken,), timeout=timeout_s)
            finally:
                self._leave(conversation_id, woken)
        return self.position

    def _leave(self, conversation_id: str, woken: asyncio.Future[None]) -> None:
        waiting = self._waiting.get(conversation_id, set())
        waiting.discard(woken)
        if not waiting:
            self._waiting.pop(conversation_id, None)

    async def _run(self) -> None:
        due = True
        period_s = PERIOD_S if self._commits.are_counted else UNCOUNTED_PERIOD_S
        while True:
            if self._commits.any_since_last() or due:
                try:
                    due = False
                    self._tell(*await run_in_threadpool(self._look))
                except (Unavailable, SQLAlchemyError):
                    log.warning("watcher.storage_unavailable")
                    due = True
            await asyncio.sleep(period_s)

    def _look(self) -> tuple[int, set[str] | None]:
        """The newest position, and who has news; None for: it may be anybody."""
        with self._database.read() as session:
            newest = events.newest_position(session)
            if newest <= self.position or not self.position:
                return newest, None
            return newest, events.changed_since(session, self.position)

    def _tell(self, newest: int, changed: set[str] | None) -> None:
        if newest <= self.position:
            return
        self.position = newest
        if changed is None or len(self._newest_of) > REMEMBERED:
            self._forgotten = newest
            self._newest_of.clear()
            changed = set(self._waiting)
        self._newest_of.update(dict.fromkeys(changed, newest))
        self._wake(changed)

    def _wake(self, changed: Iterable[str]) -> None:
        """No lock: whoever is cancelled while waiting holds up nobody."""
        for conversation_id in changed:
            for woken in self._waiting.get(conversation_id, ()):
                if not woken.done():
                    woken.set_result(None)
        self._news.set()
        self._news = asyncio.Event()
