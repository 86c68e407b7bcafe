"""The receiver's sign of life in the record, for whoever watches the installation."""

from __future__ import annotations

import time

import structlog
from starlette.concurrency import run_in_threadpool

from bot.conversation import pulses
from bot.errors import Unavailable
from bot.store import Database

RECEIVER = "telegram"
EVERY_S = 10.0
log = structlog.get_logger()


class Heart:
    """Beats at most every ten seconds."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._next_s = 0.0

    async def beat(self) -> None:
        """Say that Telegram answered and that everything it had is stored."""
        if time.monotonic() < self._next_s:
            return
        self._next_s = time.monotonic() + EVERY_S
        try:
            await run_in_threadpool(self._beat)
        except Unavailable:
            log.warning("telegram.pulse_not_stored")

    def _beat(self) -> None:
        with self._database.write() as session:
            pulses.beat(session, RECEIVER)
