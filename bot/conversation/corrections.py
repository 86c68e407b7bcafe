"""A message that the patient edited: a new version beside the old one, never in its place."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.clock import now
from bot.conversation import events
from bot.store.tables import ConsultationRequest, Message, RequestEntry, RequestMessage

FLAGGED = ("urgent", "emergency")
CORRECTED = "corrected"


def newest(session: Session, conversation_id: str, ref: str) -> Message | None:
    """The newest version of the message that the channel calls `ref`."""
    found: Message | None = session.execute(
        _versions(conversation_id, ref).order_by(Message.seq.desc()).limit(1)
    ).scalar_one_or_none()
    return found


def first(session: Session, version: Message) -> Message:
    """The message as it was written first."""
    found: Message = session.execute(
        _versions(version.conversation_id, version.provider_ref).order_by(Message.seq).limit(1)
    ).scalar_one()
    return found


def note(
    session: Session, request: ConsultationRequest, message: Message, *, retracts: bool
) -> None:
    """Put a correction before the nurses; what it corrects stays with the request."""
    session.merge(RequestMessage(request_id=request.id, message_id=message.id))
    data = {"message": message.id, "corrects": message.corrects, "retracts": retracts}
    session.add(RequestEntry(request_id=request.id, at=now(), action=CORRECTED, data=data))
    events.tell_staff(session, CORRECTED, request_id=request.id)


def _versions(conversation_id: str, ref: str) -> sa.sql.Select:
    return sa.select(Message).where(
        Message.conversation_id == conversation_id,
        Message.speaker == "patient",
        Message.provider_ref == ref,
    )
