"""Erasing a conversation from the dialogue's own memory as well.

Rasa keeps its tracker in a database of its own. Whoever erases or closes a conversation notes its
(random) id; the worker deletes the tracker a little later, when no turn can write it again.
"""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from bot.clock import now
from bot.settings import Settings
from bot.store import Database
from bot.store.tables import Forgetting

log = structlog.get_logger()
AFTER = timedelta(minutes=1)
TIMEOUT_S = 5
TRACKER = sa.table("events", sa.column("sender_id"))
"""The table of Rasa's SQL tracker store."""


def note(session: Session, conversation_id: str) -> None:
    """Remember, in the caller's transaction, that the dialogue has to forget this one."""
    session.merge(Forgetting(conversation_id=conversation_id, at=now()))


def sweep(database: Database, settings: Settings) -> int:
    """Delete the trackers that are due; returns how many. What fails is tried again later."""
    with database.read() as session:
        due = (
            session.execute(
                sa.select(Forgetting.conversation_id).where(Forgetting.at < now() - AFTER)
            )
            .scalars()
            .all()
        )
    if not due or not _forget(due, settings):
        return 0
    with database.write() as session:
        session.execute(sa.delete(Forgetting).where(Forgetting.conversation_id.in_(due)))
    return len(due)


def _forget(conversation_ids: list[str], settings: Settings) -> bool:
    if settings.rasa_tracker_url == "memory":
        return True
    if not settings.rasa_tracker_url and not (settings.var / "dialogue.db").exists():
        return True
    engine = sa.create_engine(_url(settings), future=True)
    try:
        with engine.begin() as connection:
            if engine.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA secure_delete=ON")
            connection.execute(sa.delete(TRACKER).where(TRACKER.c.sender_id.in_(conversation_ids)))
        if engine.dialect.name == "sqlite":  # what was deleted is not in the log either
            with engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    except DBAPIError as error:
        log.warning("forgetting.not_yet", error=type(error).__name__)
        return False
    finally:
        engine.dispose()
    return True


def _url(settings: Settings) -> str:
    return settings.rasa_tracker_url or f"sqlite:///{settings.var / 'dialogue.db'}"
