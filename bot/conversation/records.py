"""Everything stored about one conversation: export and erasure, table by table.

The tables are found by their keys, so a table added later is included by itself (a test checks
that every table that leads to a conversation is reached).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.conversation import forgetting
from bot.errors import NotFound
from bot.store.tables import Conversation, metadata

HIDDEN = {"token_hash"}


def everything(session: Session, conversation_id: str) -> dict[str, Any]:
    """Table name to rows, as JSON values; raises NotFound."""
    _exists(session, conversation_id)
    return {
        table.name: [
            {name: _value(value) for name, value in row.items() if name not in HIDDEN}
            for row in session.execute(sa.select(table).where(condition)).mappings()
        ]
        for table, condition in _reached(conversation_id)
    }


def erase(session: Session, conversation_id: str) -> dict[str, int]:
    """Delete it all, children first; returns table name to number of rows. Raises NotFound."""
    _exists(session, conversation_id)
    counts = {}
    for table, condition in reversed(_reached(conversation_id)):
        found = session.execute(
            sa.select(sa.func.count()).select_from(table).where(condition)
        ).scalar_one()
        counts[table.name] = found
    for table, condition in reversed(_reached(conversation_id)):
        session.execute(sa.delete(table).where(condition))
    forgetting.note(session, conversation_id)
    return counts


def _exists(session: Session, conversation_id: str) -> None:
    if session.get(Conversation, conversation_id) is None:
        raise NotFound("there is no such conversation")


def _reached(conversation_id: str) -> list[tuple[sa.Table, Any]]:
    """Tables that belong to a conversation, parents first, each with its condition."""
    conversations = metadata.tables["conversations"]
    reached: list[tuple[sa.Table, Any]] = [(conversations, conversations.c.id == conversation_id)]
    owned = {"conversations", "messages", "requests"}
    for table in metadata.sorted_tables:
        keys = [key for key in table.foreign_keys if key.column.table.name in owned]
        if table is conversations or not keys:
            continue
        direct = [key for key in keys if key.column.table is conversations]
        reached.append((table, _condition((direct or keys)[0], conversation_id)))
    return reached


def _condition(key: sa.ForeignKey, conversation_id: str) -> Any:
    target = key.column.table
    if target.name == "conversations":
        return key.parent == conversation_id
    return key.parent.in_(sa.select(key.column).where(target.c.conversation_id == conversation_id))


def _value(value: Any) -> Any:
    return value.isoformat() if isinstance(value, (date, datetime)) else value
