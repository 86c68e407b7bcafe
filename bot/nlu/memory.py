"""The dialogue's memory: Rasa's own SQL tracker store, without its costs.

Rasa reads a conversation anew for every turn, twice, and counts its events before it saves the new
ones. Here the tracker of the newest turns stays in this process as long as the store holds
nothing newer, so several dialogue processes may share one store, and what was erased there is not
brought back.
"""

from __future__ import annotations

import json
import sqlite3
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa
import sqlalchemy.orm
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.events import Event, SessionStarted
from rasa.shared.core.trackers import DialogueStateTracker

KEPT = 500
"""Conversations; about 100 kB each at the most."""
STORED = "stored_events"
"""Attribute of a tracker of ours: how many of its events the store holds."""
NEWEST = "newest_event"
"""Attribute of a tracker of ours: the store's number of the last of them."""
EVENTS = SQLTrackerStore.SQLEvent.__table__
NEWEST_OF = (
    sa.select([EVENTS.c.id])
    .where(EVENTS.c.sender_id == sa.bindparam("sender"))
    .order_by(EVENTS.c.id.desc())
    .limit(1)
)


class Memory(SQLTrackerStore):
    """See the module."""

    engine: Any

    def __init__(self, *where: Any, **how: Any) -> None:
        super().__init__(*where, **how)
        self._kept: OrderedDict[str, DialogueStateTracker] = OrderedDict()
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
        with self.engine.connect() as connection:
            newest = _newest(connection, sender_id)
        if kept is not None and getattr(kept, NEWEST) == newest:
            return kept
        tracker: DialogueStateTracker | None = await super().retrieve(sender_id)
        if tracker is not None:
            _mark(tracker, newest)
        return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store what is new."""
        await self.stream_events(tracker)
        rows = [_row(tracker.sender_id, event) for event in self._unstored(tracker)]
        with self.engine.begin() as connection:
            if rows:
                connection.execute(EVENTS.insert(), rows)
            newest = _newest(connection, tracker.sender_id)
        _mark(tracker, newest)
        self.keep(tracker)

    def keep(self, tracker: DialogueStateTracker) -> None:
        """Put back a tracker of which nothing is unstored, without its earlier sessions."""
        if not getattr(tracker, NEWEST, 0):
            return
        self._kept[tracker.sender_id] = self._newest_session(tracker)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    def _newest_session(self, tracker: DialogueStateTracker) -> DialogueStateTracker:
        """As the store would read it: events since the last session began."""
        events = list(tracker.events)
        begins = [at for at, event in enumerate(events) if isinstance(event, SessionStarted)]
        if len(begins) < 2:  # noqa: PLR2004
            return tracker
        newest = DialogueStateTracker.from_events(
            tracker.sender_id, events[begins[-1] :], self.domain.slots
        )
        _mark(newest, getattr(tracker, NEWEST))
        return newest

    def _unstored(self, tracker: DialogueStateTracker) -> Iterable[Event]:
        stored = getattr(tracker, STORED, None)
        if stored is not None:
            return list(tracker.events)[stored:]
        with self.session_scope() as session:  # it was not read here
            found: Iterator[Event] = self._additional_events(session, tracker)
            return list(found)


def _newest(connection: Any, sender_id: str) -> int:
    return int(connection.execute(NEWEST_OF, {"sender": sender_id}).scalar() or 0)


def _mark(tracker: DialogueStateTracker, newest: int) -> None:
    setattr(tracker, STORED, len(tracker.events))
    setattr(tracker, NEWEST, newest)


def _row(sender_id: str, event: Event) -> dict[str, Any]:
    """An event as Rasa's own store writes it."""
    data = event.as_dict()
    return {
        "sender_id": sender_id,
        "type_name": event.type_name,
        "timestamp": data.get("timestamp"),
        "intent_name": data.get("parse_data", {}).get("intent", {}).get("name"),
        "action_name": data.get("name"),
        "data": json.dumps(data),
    }


def _quick(connection: sqlite3.Connection, _record: Any) -> None:
    """It survives kill -9; power loss may cost the last turns, which the record has anyway."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.close()
