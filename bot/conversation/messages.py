"""Adding a message: row, event and place in the outbox, in the caller's transaction."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.clock import now
from bot.conversation import events
from bot.errors import NotFound
from bot.store.tables import Conversation, Delivery, Message

READ_BY_EVENTS = {"widget"}
"""Channels whose client fetches its messages itself; all others are sent to."""
UNSTORABLE = {"\x00": "\N{SYMBOL FOR NULL}"}
LOCK = (
    sa.select(Conversation).where(Conversation.id == sa.bindparam("conversation")).with_for_update()
)
ALL, EVER = 2**31 - 1, datetime.min.replace(tzinfo=timezone.utc)
# Made once: putting a statement together costs more than carrying it out.
LAST_SAID = (
    sa.select(Message.text, Message.triage)
    .where(
        Message.conversation_id == sa.bindparam("conversation"),
        Message.speaker == "patient",
        Message.seq < sa.bindparam("below"),
        Message.at > sa.bindparam("since"),
    )
    .order_by(Message.seq.desc())
    .limit(1)
)
LAST_READ = LAST_SAID.where(Message.triage.isnot(None))


def lock(session: Session, conversation_id: str) -> Conversation:
    """The conversation, locked until commit so that its messages are numbered one by one."""
    conversation: Conversation | None = session.execute(
        LOCK, {"conversation": conversation_id}
    ).scalar_one_or_none()
    if conversation is None:
        raise NotFound("there is no such conversation")
    return conversation


def storable(text: str) -> str:
    """The text as every database can hold it: no NUL, no lone surrogates."""
    for bad, shown in UNSTORABLE.items():
        text = text.replace(bad, shown)
    return text.encode("utf-8", "replace").decode("utf-8")


def add(
    session: Session,
    conversation: Conversation,
    speaker: str,
    text: str,
    *,
    quick_replies: list[dict[str, Any]] | None = None,
    **fields: Any,
) -> Message:
    """One message of `speaker` (patient, assistant, nurse, notice) with its event.

    `quick_replies` are {"title", "payload"}; their keys are made here: "<seq>.<index>".
    """
    seq = conversation.last_seq + 1
    message = Message(
        conversation_id=conversation.id,
        seq=seq,
        speaker=speaker,
        text=storable(text),
        at=now(),
        quick_replies=[
            {**reply, "key": f"{seq}.{index}"} for index, reply in enumerate(quick_replies or [])
        ],
        **fields,
    )
    session.add(message)
    session.flush()
    events.append(session, conversation, "message", message=message)
    if speaker != "patient" and conversation.channel not in READ_BY_EVENTS:
        _queue_delivery(session, message, conversation.channel)
    return message


def last_said(
    session: Session, conversation_id: str, *, below: int = ALL, since: datetime = EVER
) -> sa.engine.Row | None:
    """`text` of the patient's last message numbered under `below`, if written after `since`.

    Also `triage`, the decision about it.
    """
    which = {"conversation": conversation_id, "below": below, "since": since}
    return session.execute(LAST_SAID, which).first()


def last_read(
    session: Session, conversation_id: str, *, below: int, since: datetime
) -> sa.engine.Row | None:
    """The same of those that triage has read."""
    which = {"conversation": conversation_id, "below": below, "since": since}
    return session.execute(LAST_READ, which).first()


def _queue_delivery(session: Session, message: Message, channel: str) -> None:
    session.add(
        Delivery(
            message_id=message.id,
            conversation_id=message.conversation_id,
            channel=channel,
            state="queued",
            next_at=message.at,
        )
    )
