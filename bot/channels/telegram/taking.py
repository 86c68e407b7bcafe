"""Taking updates in, for the receiver and the webhook alike: attempts, poison, honest words."""

from __future__ import annotations

import asyncio
from collections import Counter

import structlog
from starlette.concurrency import run_in_threadpool

from bot.channels.telegram import api
from bot.channels.telegram.arrivals import Arrival
from bot.channels.telegram.calls import Call
from bot.channels.telegram.poison import take, take_carefully
from bot.channels.telegram.reception import Reception
from bot.errors import Unavailable

SAY_NOT_STORED_AFTER = 3
CAREFUL_WITH = api.BATCH
"""The first updates of a process, one by one: one of them may have killed the process before."""
log = structlog.get_logger()


class Taking:
    """Counts what fails; an update that keeps failing is given to a person."""

    def __init__(self, reception: Reception) -> None:
        self._reception = reception
        self._failures: Counter[int] = Counter()
        self._careful_with = CAREFUL_WITH
        self._alone = asyncio.Lock()

    async def take(self, arrival: Arrival) -> list[Call]:
        """Commit one update; raises Unavailable, then it has to be tried again."""
        try:
            calls = await self._take(arrival, self._failures[arrival.update_id] + 1)
        except Unavailable:
            self._failures[arrival.update_id] += 1
            failures = self._failures[arrival.update_id]
            log.warning("telegram.not_stored", update_id=arrival.update_id, attempts=failures)
            raise
        del self._failures[arrival.update_id]
        return calls

    def apology(self, arrival: Arrival) -> list[Call]:
        """The honest text for a message that could not be stored several times, once."""
        due = self._failures[arrival.update_id] == SAY_NOT_STORED_AFTER
        if due and arrival.kind in ("text", "attachment"):
            return [self._reception.not_stored(arrival)]
        return []

    async def _take(self, arrival: Arrival, attempts: int) -> list[Call]:
        if self._careful_with <= 0:
            return await run_in_threadpool(take, self._reception, arrival, attempts)
        async with self._alone:
            calls = await run_in_threadpool(take_carefully, self._reception, arrival, attempts)
        self._careful_with -= 1
        return calls
