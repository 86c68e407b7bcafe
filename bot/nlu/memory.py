"""The dialogue's memory: Rasa's own SQL tracker store, without its costs.

Rasa reads a conversation anew for every turn, twice, and counts its events before it saves the new
ones. Here the tracker of the newest turns stays in this process as long as the store holds
nothing newer, so several dialogue processes may share one store, and what was erased there is not
brought back.
"""

from __future__ import annotations

import itertools
import sqlite3
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
import sqlalchemy.orm
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.events import SessionStarted
from rasa.shared.core.trackers import DialogueStateTracker

KEPT = 500
"""Conversations; about 100 kB each at the most."""
STORED = "stored_events"
"""Attribute of a tracker of ours: how many of its events the store holds."""


@dataclass(frozen=True)
class _Kept:
    tracker: DialogueStateTracker
    newest: int


class Memory(SQLTrackerStore):
    """See the module."""

    engine: Any

    def __init__(self, *where: Any, **how: Any) -> None:
        super().__init__(*where, **how)
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        if self.engine.dialect.name == "sqlite":
            self._stay_open()

    def _stay_open(self) -> None:
        """Rasa opens the file anew for every look; closing it writes its log back each time."""
        address = self.engine.url
        self.engine.dispose()
        self.engine = sa.create_engine(
            address, poolclass=sa.pool.QueuePool, connect_args={"check_same_thread": False}
        )
        sa.event.listen(self.engine, "connect", _quick)
        self.sessionmaker = sa.orm.sessionmaker(bind=self.engine)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The tracker of the newest session; taken out, so that a turn that fails leaves none."""
        kept = self._kept.pop(sender_id, None)
        if kept is not None and kept.newest == self._newest(sender_id):
            return kept.tracker
        tracker: DialogueStateTracker | None = await super().retrieve(sender_id)
        if tracker is not None:
            setattr(tracker, STORED, len(tracker.events))
        return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store what is new."""
        await super().save(tracker)
        setattr(tracker, STORED, len(tracker.events))
        self.keep(tracker)

    def keep(self, tracker: DialogueStateTracker) -> None:
        """Put back a tracker that was retrieved and not changed."""
        sessions = sum(isinstance(event, SessionStarted) for event in tracker.events)
        if sessions > 1:  # earlier sessions are left behind by reading it anew
            return
        newest = self._newest(tracker.sender_id)
        if newest:
            self._kept[tracker.sender_id] = _Kept(tracker, newest)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    def _newest(self, sender_id: str) -> int:
        with self.session_scope() as session:
            newest = (
                session.query(self.SQLEvent.id)
                .filter(self.SQLEvent.sender_id == sender_id)
                .order_by(self.SQLEvent.id.desc())
                .limit(1)
                .scalar()
            )
        return int(newest or 0)

    def _additional_events(self, session: Any, tracker: DialogueStateTracker) -> Iterator[Any]:
        stored = getattr(tracker, STORED, None)
        if stored is None:
            found: Iterator[Any] = super()._additional_events(session, tracker)
            return found
        return itertools.islice(tracker.events, stored, None)


def _quick(connection: sqlite3.Connection, _record: Any) -> None:
    """It survives kill -9; power loss may cost the last turns, which the record has anyway."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.close()
