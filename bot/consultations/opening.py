"""Opening a consultation request, or raising the one that is open: one case per episode."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.clock import now
from bot.conversation import events
from bot.store.tables import (
    ConsultationRequest,
    Conversation,
    Message,
    RequestEntry,
    RequestMessage,
)

RANKS = {"emergency": 0, "urgent": 1, "routine": 2}
READABLE = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No characters that are mixed up when read out on the telephone."""
REFERENCE_LENGTH = 6
OPEN = (
    sa.select(ConsultationRequest)
    .where(
        ConsultationRequest.conversation_id == sa.bindparam("conversation"),
        ConsultationRequest.status != "closed",
    )
    .order_by(ConsultationRequest.id.desc())
    .limit(1)
)


@dataclass(frozen=True)
class Filed:
    """What happened to the request: it was opened, raised to a higher priority, or added to."""

    request: ConsultationRequest
    opened: bool
    raised: bool


def open_request(session: Session, conversation_id: str) -> ConsultationRequest | None:
    """The request of this conversation that is not closed, if any."""
    request: ConsultationRequest | None = session.execute(
        OPEN, {"conversation": conversation_id}
    ).scalar_one_or_none()
    return request


def newest_request(session: Session, conversation_id: str) -> ConsultationRequest | None:
    """The request of this conversation that was opened last, closed or not, if any."""
    request: ConsultationRequest | None = session.execute(
        sa.select(ConsultationRequest)
        .where(ConsultationRequest.conversation_id == conversation_id)
        .order_by(ConsultationRequest.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    return request


def file(
    session: Session,
    conversation: Conversation,
    message: Message,
    *,
    priority: str,
    signs: Iterable[str] = (),
) -> Filed:
    """Put a message before the nurses; the conversation must be locked by the caller."""
    request = open_request(session, conversation.id)
    opened = request is None
    if request is None:
        request = _open(session, conversation, message, priority)
    raised = not opened and RANKS[priority] < request.rank
    if raised:
        _raise(session, request, priority)
    request.signs = sorted({*request.signs, *signs})
    request.waiting_since = request.waiting_since or message.at
    request.version = (request.version or 0) + 1
    session.merge(RequestMessage(request_id=request.id, message_id=message.id))
    kind = "request_opened" if opened else "request_raised" if raised else "request_added"
    events.tell_staff(session, kind, request_id=request.id, priority=request.priority)
    return Filed(request, opened, raised)


def _open(
    session: Session, conversation: Conversation, message: Message, priority: str
) -> ConsultationRequest:
    request = ConsultationRequest(
        reference=_reference(),
        conversation_id=conversation.id,
        priority=priority,
        rank=RANKS[priority],
        status="new",
        signs=[],
        created_at=message.at,
        version=0,
    )
    session.add(request)
    session.flush()
    _record(session, request, "opened", priority)
    return request


def _raise(session: Session, request: ConsultationRequest, priority: str) -> None:
    """A worse sign asks for a new acknowledgement; an owner keeps the case."""
    request.priority = priority
    request.rank = RANKS[priority]
    request.acknowledged_at = None
    request.acknowledged_by = None
    if request.status == "acknowledged":
        request.status = "new"
    _record(session, request, "raised", priority)


def _record(session: Session, request: ConsultationRequest, action: str, priority: str) -> None:
    session.add(
        RequestEntry(request_id=request.id, at=now(), action=action, data={"priority": priority})
    )


def _reference() -> str:
    return "".join(secrets.choice(READABLE) for _ in range(REFERENCE_LENGTH))
