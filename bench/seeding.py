"""Filling the record with conversations that look like the product's own."""

from __future__ import annotations

import secrets
import uuid
from collections import defaultdict
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.clock import now
from bot.consultations import search
from bot.store import Database
from bot.store.database import POSITION
from bot.store.tables import Conversation, Event, Message, Sequence, Turn

EXCHANGES = 2
CHUNK = 500
QUESTION, ANSWER = "How long does the operation take?", "A sentence of the guide. " * 12
_POSITION = sa.select(Sequence.value).where(Sequence.name == POSITION)
TABLES = (Conversation, Message, Event, Turn)


def fill(record: Database, conversations: int) -> None:
    """Add so many conversations of two questions and answers each, of last month.

    They are made searchable at once, as those of last month are.
    """
    for start in range(0, conversations, CHUNK):
        with record.write() as session:
            _Chunk(session).add(min(CHUNK, conversations - start))
    while search.index(record):
        pass


def count(record: Database) -> int:
    """How many conversations are stored."""
    with record.read() as session:
        return int(session.execute(sa.select(sa.func.count()).select_from(Conversation)).scalar())


class _Chunk:
    """Rows of one transaction, by table."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._rows: dict[Any, list[dict[str, Any]]] = defaultdict(list)
        self._at = now() - timedelta(days=30)
        self._position = session.execute(_POSITION).scalar_one()
        self._message = session.execute(sa.select(sa.func.max(Message.id))).scalar() or 0

    def add(self, size: int) -> None:
        """Make the rows and insert them."""
        for _ in range(size):
            self._conversation()
        for table in TABLES:
            self._session.execute(sa.insert(table.__table__), self._rows[table])
        self._session.execute(
            sa.update(Sequence).where(Sequence.name == POSITION).values(value=self._position)
        )

        if self._session.get_bind().dialect.name == "postgresql":  # it counts ids by itself
            number = sa.text("SELECT setval(pg_get_serial_sequence('messages', 'id'), :last)")
            self._session.execute(number, {"last": self._message})

    def _conversation(self) -> None:
        key = secrets.token_hex(16)
        self._rows[Conversation].append(
            {"id": key, "token_hash": secrets.token_hex(32), "channel": "widget", "locale": "en",
             "created_at": self._at, "last_seq": 3 * EXCHANGES, "hold_version": 0}
        )  # fmt: skip
        for exchange in range(EXCHANGES):
            self._exchange(key, 3 * exchange)

    def _exchange(self, key: str, seq: int) -> None:
        asked = str(uuid.uuid4())
        self._said(key, seq + 1, "patient", QUESTION, client_id=asked, level="none",
                   triage={"level": "none"})  # fmt: skip
        self._rows[Turn].append(
            {"message_id": self._message, "conversation_id": key, "state": "done", "attempts": 1,
             "created_at": self._at, "finished_at": self._at}
        )  # fmt: skip
        self._said(key, seq + 2, "assistant", ANSWER, in_reply_to=asked)
        self._event(key, seq + 3, "turn_done", None, {"in_reply_to": asked})

    def _said(self, key: str, seq: int, speaker: str, text: str, **more: Any) -> None:
        self._message += 1
        empty = {"client_id": None, "in_reply_to": None, "level": None, "triage": None}
        self._rows[Message].append(
            {"id": self._message, "conversation_id": key, "seq": seq, "at": self._at,
             "speaker": speaker, "text": text, "quick_replies": [], **empty, **more}
        )  # fmt: skip
        self._event(key, seq, "message", self._message, {})

    def _event(self, key: str, seq: int, type_: str, message: int | None, data: Any) -> None:
        self._position += 1
        self._rows[Event].append(
            {"position": self._position, "conversation_id": key, "seq": seq, "at": self._at,
             "type": type_, "message_id": message, "data": data}
        )  # fmt: skip
