"""When more messages arrive than can be read at once, those that look like a red flag go first.

Everything that waits is read in the end, in the order of coming within its lane; nothing here
decides what a message means. A look at a message costs a tenth of reading it, and is only taken
where several wait already.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from starlette.concurrency import run_in_threadpool

from bot.conversation import messages
from bot.conversation.intake import Accepted, Incoming, Intake

AT_ONCE = 4
"""Messages read at the same time: more would only take the processor from each other."""


class Places:
    """So many at once; who waits in the fast lane comes before who waits in the other.

    Used by the tasks of one event loop, so it needs no lock.
    """

    def __init__(self, count: int) -> None:
        self._count = self._free = count
        self._fast: deque[asyncio.Future[None]] = deque()
        self._slow: deque[asyncio.Future[None]] = deque()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._fast) + len(self._slow)

    @property
    def crowded(self) -> bool:
        """Whether as many wait as there are places: the next one's wait would be felt."""
        return self.waiting >= self._count

    @asynccontextmanager
    async def take(self, *, fast: bool) -> AsyncIterator[None]:
        """Hold a place during the block."""
        await self._come(self._fast if fast else self._slow)
        try:
            yield
        finally:
            self._go()

    async def _come(self, lane: deque[asyncio.Future[None]]) -> None:
        if self._free:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        lane.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # the place had come in the last instant
                self._go()
            raise

    def _go(self) -> None:
        for lane in (self._fast, self._slow):
            while lane:
                turn = lane.popleft()
                if not turn.done():  # else it hung up while it waited
                    turn.set_result(None)
                    return
        self._free += 1


class Precedence:
    """The way to the intake for channels that serve many patients at once."""

    def __init__(self, intake: Intake, at_once: int = AT_ONCE) -> None:
        self._intake = intake
        self._places = Places(at_once)

    async def accept(self, conversation_id: str, incoming: Incoming) -> Accepted:
        """See Intake.accept; other threads do the work."""
        fast = self._places.crowded and await self._looks_urgent(incoming)
        async with self._places.take(fast=fast):
            return await run_in_threadpool(self._intake.accept, conversation_id, incoming)

    async def _looks_urgent(self, incoming: Incoming) -> bool:
        if incoming.text is None:  # a button: it may answer "is this happening to you now?"
            return True
        look: Callable[[str], bool] = self._intake.triage.glance
        return await run_in_threadpool(look, messages.storable(incoming.text))
