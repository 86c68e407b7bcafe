"""What happens because time passes: the ladder climbs, alerts go out, words are indexed or erased.

Everything is decided from times in the database, so a restart forgets nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog
from starlette.concurrency import run_in_threadpool

from bot.clock import now
from bot.consultations import alerting, ladder, search
from bot.conversation import forgetting
from bot.errors import Unavailable
from bot.settings import Settings
from bot.store import Database
from bot.store.tables import Nurse
from bot.wording import Wording

log = structlog.get_logger()
LADDER_EVERY_S = 2.0
ALERTS_EVERY_S = 1.0
FORGET_EVERY_S = 20.0
INDEX_EVERY_S = 2.0


class Timers:
    """Runs until cancelled; each step is also callable by itself."""

    def __init__(self, database: Database, wording: Wording, settings: Settings) -> None:
        self._database = database
        self._wording = wording
        self._settings = settings
        self._ladder = ladder.Ladder.load(settings.data / "console" / "ladder.yml")

    async def run(self) -> None:
        """All timers side by side."""
        await asyncio.gather(
            _every(LADDER_EVERY_S, self.climb),
            _every(ALERTS_EVERY_S, self.send_alerts),
            _every(FORGET_EVERY_S, self.forget),
            _every(INDEX_EVERY_S, self.index),
        )

    def climb(self) -> None:
        """Take the ladder's due steps; silent owners lose their requests."""
        look = ladder.Look(self._ladder, now(), self._settings.office)
        ladder.climb(
            self._database,
            look,
            lambda session, alerts: alerting.keep(session, alerts, self._settings),
        )
        ladder.return_silent(self._database, self._ladder, now(), self._notice)

    def send_alerts(self) -> None:
        """Send the alerts that are due."""
        alerting.send_due(self._database, self._settings)

    def forget(self) -> None:
        """Erase from the dialogue's memory what was erased from the record."""
        forgetting.sweep(self._database, self._settings)

    def index(self) -> None:
        """Make what was written since the last look searchable by its words."""
        while search.index(self._database):
            pass

    def _notice(self, key: str, locale: str, nurse: Nurse) -> str:
        return self._wording.text(key, locale, name=nurse.display_name, role=nurse.role)


async def _every(seconds: float, step: Callable[[], None]) -> None:
    while True:
        try:
            await run_in_threadpool(step)
        except Unavailable:
            log.warning("timers.storage_unavailable", step=step.__name__)
        await asyncio.sleep(seconds)
