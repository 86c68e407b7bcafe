"""Events: what a client shows, numbered without gaps within a conversation."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.clock import now
from bot.store import next_position
from bot.store.tables import Conversation, Event, Message, Notice, Nurse

PAGE = 500
# Made once: putting a statement together costs more than carrying it out.
AFTER = (
    sa.select(Event, Message, Nurse)
    .outerjoin(Message, Event.message_id == Message.id)
    .outerjoin(Nurse, Message.nurse_id == Nurse.id)
    .where(Event.conversation_id == sa.bindparam("conversation"), Event.seq > sa.bindparam("after"))
    .order_by(Event.seq)
    .limit(PAGE)
)
NEWEST = sa.select(
    sa.select(sa.func.max(Event.position)).scalar_subquery(),
    sa.select(sa.func.max(Notice.position)).scalar_subquery(),
)
CHANGED = (
    sa.select(Event.conversation_id).where(Event.position > sa.bindparam("position")).distinct()
)


def append(
    session: Session,
    conversation: Conversation,
    type_: str,
    *,
    message: Message | None = None,
    data: dict[str, Any] | None = None,
) -> Event:
    """Number and add one event; the conversation's row must be locked by the caller."""
    conversation.last_seq += 1
    event = Event(
        position=next_position(session),
        conversation_id=conversation.id,
        seq=conversation.last_seq,
        at=now(),
        type=type_,
        message_id=message.id if message else None,
        data=data or {},
    )
    session.add(event)
    return event


def tell_staff(session: Session, type_: str, *, request_id: int | None = None, **data: Any) -> None:
    """Add a notice for the console: queue and life-cycle changes, no patient text."""
    session.add(
        Notice(
            position=next_position(session), at=now(), type=type_, request_id=request_id, data=data
        )
    )


def after(session: Session, conversation_id: str, seq: int) -> list[dict[str, Any]]:
    """Up to 500 events of a conversation with a number above `seq`, in the public form."""
    rows = session.execute(AFTER, {"conversation": conversation_id, "after": seq})
    return [public(event, message, nurse) for event, message, nurse in rows]


def newest_position(session: Session) -> int:
    """The highest number given out over all conversations; 0 before the first."""
    return max(number or 0 for number in session.execute(NEWEST).one())


def changed_since(session: Session, position: int) -> set[str]:
    """Ids of the conversations that have events above `position`."""
    return {row[0] for row in session.execute(CHANGED, {"position": position})}


def public(event: Event, message: Message | None, nurse: Nurse | None = None) -> dict[str, Any]:
    """The form of the HTTP contract; internal fields of quick replies stay here."""
    head = {"seq": event.seq, "at": event.at.isoformat(), "type": event.type}
    if message is None:
        return {**head, **event.data}
    return {
        **head,
        "id": message.client_id,
        "speaker": message.speaker,
        "text": message.text,
        "alert": message.alert,
        "quick_replies": [
            {"key": reply["key"], "title": reply["title"]} for reply in message.quick_replies
        ],
        "source": message.source,
        "in_reply_to": message.in_reply_to,
        "nurse": {"name": nurse.display_name, "role": nurse.role} if nurse else None,
    }
