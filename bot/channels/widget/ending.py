"""Ending a conversation at the patient's wish: erased, unless it is part of a request.

A consultation request is closed by staff only, and belongs to what the clinic must keep. Such a
conversation is closed to every device instead, and the nurses see that the patient left it.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.clock import now
from bot.consultations import opening
from bot.conversation import events, forgetting, messages
from bot.store.tables import ConsultationRequest, Conversation, RequestEntry


@dataclass(frozen=True)
class Ended:
    """What happened: erased, or kept for the request with this reference."""

    deleted: bool
    reference: str | None = None


def end(session: Session, conversation_id: str) -> Ended:
    """End for good; raises NotFound. The token is void afterwards in either case."""
    conversation = messages.lock(session, conversation_id)
    request = opening.newest_request(session, conversation_id)
    forgetting.note(session, conversation_id)
    if request is None:
        session.execute(sa.delete(Conversation).where(Conversation.id == conversation_id))
        return Ended(deleted=True)
    conversation.token_hash = None
    _tell_nurses(session, request)
    return Ended(deleted=False, reference=request.reference)


def _tell_nurses(session: Session, request: ConsultationRequest) -> None:
    session.add(RequestEntry(request_id=request.id, at=now(), action="patient_left", data={}))
    events.tell_staff(session, "patient_left", request_id=request.id)
