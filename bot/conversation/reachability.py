"""What nurses read on the open request when messages do not reach the patient, or do again."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.clock import now
from bot.consultations import opening
from bot.conversation import events
from bot.store.tables import Conversation, Delivery, RequestEntry

UNREACHABLE, REACHABLE = "unreachable", "reachable"
NOT_DELIVERED, DELIVERED = "not_delivered", "delivered_late"


def note_unreachable(session: Session, conversation: Conversation, reason: str) -> None:
    """Say on the open request, once, that this channel does not reach the patient: phone."""
    request = opening.open_request(session, conversation.id)
    if request is None or _last_reachability(session, request.id) == UNREACHABLE:
        return
    _reachability(session, request.id, UNREACHABLE, channel=conversation.channel, reason=reason)


def note_reachable(session: Session, conversation: Conversation) -> None:
    """Take `note_unreachable` back."""
    request = opening.open_request(session, conversation.id)
    if request is not None and _last_reachability(session, request.id) == UNREACHABLE:
        _reachability(session, request.id, REACHABLE, channel=conversation.channel)


def _reachability(session: Session, request_id: int, action: str, **data: Any) -> None:
    session.add(RequestEntry(request_id=request_id, at=now(), action=action, data=data))
    events.tell_staff(session, action, request_id=request_id, **data)


def _last_reachability(session: Session, request_id: int) -> str | None:
    action: str | None = session.execute(
        sa.select(RequestEntry.action)
        .where(
            RequestEntry.request_id == request_id,
            RequestEntry.action.in_((UNREACHABLE, REACHABLE)),
        )
        .order_by(RequestEntry.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    return action


def note_delivery(session: Session, row: Delivery, action: str = NOT_DELIVERED) -> None:
    """A message that did not surely arrive in time is noted on the open request."""
    request = opening.open_request(session, row.conversation_id)
    if request is None:
        return
    data = {"message": row.message_id, "state": row.state, "channel": row.channel}
    session.add(
        RequestEntry(request_id=request.id, at=now(), action=action, note=row.error, data=data)
    )
    events.tell_staff(session, action, request_id=request.id, **data)
