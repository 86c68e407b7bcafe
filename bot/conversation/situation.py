"""What is known of a conversation when a message arrives: the context triage decides in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot.clock import now
from bot.consultations import opening
from bot.conversation import corrections, messages
from bot.errors import NotFound
from bot.store.tables import Conversation, Message
from bot.triage import Asked, Context, Level

PREVIOUS_WITHIN = timedelta(hours=12)
Before = tuple[str | None, dict[str, Any] | None]


@dataclass(frozen=True)
class Situation:
    """A snapshot; `seq` tells whether the conversation has moved on since."""

    seq: int
    locale: str
    context: Context


def read(
    session: Session,
    conversation_id: str,
    *,
    attachment: bool = False,
    corrected: Message | None = None,
) -> Situation:
    """The situation now, for a new message or a new version of `corrected`; raises NotFound."""
    conversation = session.get(Conversation, conversation_id)
    if conversation is None:
        raise NotFound("there is no such conversation")
    request = opening.open_request(session, conversation_id)
    flagged = request is not None and request.priority in ("urgent", "emergency")
    previous, asked = (
        _previous(session, conversation)
        if corrected is None
        else _before(session, corrections.first(session, corrected))
    )
    return Situation(
        seq=conversation.last_seq,
        locale=conversation.locale,
        context=Context(
            previous=previous,
            asked=Asked.from_json(asked) if asked else None,
            open_level=Level(request.priority) if request and flagged else Level.NONE,
            open_signs=frozenset(request.signs) if request and flagged else frozenset(),
            days_since_operation=(now().date() - conversation.operation_date).days
            if conversation.operation_date
            else None,
            attachment=attachment,
        ),
    )


def _previous(session: Session, conversation: Conversation) -> Before:
    """What the patient said last, and what is asked now."""
    said = messages.last_said(session, conversation.id, since=now() - PREVIOUS_WITHIN)
    return said.text if said else None, conversation.asked


def _before(session: Session, message: Message) -> Before:
    """What the patient had said, and what was asked, when this message was written."""
    said = messages.last_read(
        session, message.conversation_id, below=message.seq, since=message.at - PREVIOUS_WITHIN
    )
    return (said.text, (said.triage or {}).get("asks")) if said else (None, None)
