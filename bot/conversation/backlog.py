"""What waits and for how long: answers, sends, and what a channel's service holds back for us."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from bot.clock import now
from bot.conversation import outbox, pulses
from bot.errors import Unavailable
from bot.store import Database
from bot.store.tables import Delivery, Message, Pulse, Turn

INCOMING = "incoming"
"""Suffix of the pulse in which a channel says how many updates its service holds for us."""
ALARM_AFTER_S = 60.0
LOOK_EVERY_S = 30.0
log = structlog.get_logger()


@dataclass(frozen=True)
class Waiting:
    """How many, and since when the oldest one waits."""

    count: int
    oldest_s: float

    def to_json(self) -> dict[str, float]:
        """For monitors."""
        return {"waiting": self.count, "oldest_s": round(self.oldest_s, 1)}


def measure(session: Session) -> dict[str, Waiting]:
    """`answers`, `sends` and `<channel>_incoming` for every channel that reports it."""
    return {"answers": _answers(session), "sends": _sends(session), **_incoming(session)}


def heard(session: Session, channel: str, waiting: int) -> Waiting:
    """A channel's service says how many updates it holds; since when is ours to remember."""
    name = f"{channel}_{INCOMING}"
    before = pulses.last(session, name)
    since = (before.data.get("since") if before else None) or now().isoformat()
    pulses.beat(session, name, waiting=waiting, since=since if waiting else None)
    return Waiting(waiting, _age(datetime.fromisoformat(since)) if waiting else 0.0)


class Watch:
    """Logs an alarm as long as something waits for more than a minute."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await run_in_threadpool(self.look)
            except Unavailable:
                log.warning("backlog.storage_unavailable")
            await asyncio.sleep(LOOK_EVERY_S)

    def look(self) -> None:
        """One look; raises Unavailable."""
        with self._database.read() as session:
            found = measure(session)
        for what, waiting in found.items():
            if waiting.oldest_s > ALARM_AFTER_S:
                log.error("backlog.alarm", what=what, **waiting.to_json())


def _answers(session: Session) -> Waiting:
    return _waiting(session, Turn.created_at, Turn.state.in_(("queued", "running")))


def _sends(session: Session) -> Waiting:
    due = sa.and_(
        Delivery.message_id == Message.id,
        Delivery.state.in_(outbox.UNFINISHED),
        Delivery.next_at < outbox.NEVER,
    )
    return _waiting(session, Message.at, due)


def _waiting(session: Session, at: Any, condition: Any) -> Waiting:
    count, oldest = session.execute(
        sa.select(sa.func.count(), sa.func.min(at)).where(condition)
    ).one()
    return Waiting(count, _age(oldest) if oldest else 0.0)


def _incoming(session: Session) -> dict[str, Waiting]:
    rows = session.execute(sa.select(Pulse).where(Pulse.name.like(f"%{INCOMING}"))).scalars()
    return {
        row.name: Waiting(
            row.data["waiting"],
            _age(datetime.fromisoformat(row.data["since"])) if row.data["since"] else 0.0,
        )
        for row in rows
    }


def _age(at: datetime) -> float:
    return max(0.0, (now() - at).total_seconds())
