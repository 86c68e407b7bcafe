"""Holding the assistant: while a nurse holds a conversation, only people speak in it.

The patient is told at both hand-overs. An answer that the dialogue is still working on was
started under an older `hold_version` and is dropped by the dispatcher when it arrives.
"""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.clock import now
from bot.conversation import events, messages
from bot.store.tables import Conversation, Message, Nurse, Turn

PatientTexts = Callable[[str, str, Nurse], str]
"""(`held` or `handed_back`, locale, nurse) -> the notice the patient reads."""


def hold(session: Session, conversation: Conversation, nurse: Nurse, texts: PatientTexts) -> bool:
    """Silence the assistant for this nurse; False when she holds it already."""
    if conversation.held_by == nurse.id:
        return False
    _hand_over(session, conversation, nurse.id)
    _stop_turns(session, conversation)
    _tell_patient(session, conversation, texts("held", conversation.locale, nurse))
    return True


def hand_back(
    session: Session, conversation: Conversation, nurse: Nurse, texts: PatientTexts
) -> bool:
    """Let the assistant answer again; False when nobody held it."""
    if conversation.held_by is None:
        return False
    _hand_over(session, conversation, None)
    _tell_patient(session, conversation, texts("handed_back", conversation.locale, nurse))
    return True


def _hand_over(session: Session, conversation: Conversation, nurse_id: int | None) -> None:
    conversation.held_by = nurse_id
    conversation.hold_version += 1
    session.flush()


def _stop_turns(session: Session, conversation: Conversation) -> None:
    """The assistant owes no answer any more: the patient's client stops waiting for one."""
    waiting = session.execute(
        sa.select(Turn, Message.client_id)
        .join(Message, Message.id == Turn.message_id)
        .where(Turn.conversation_id == conversation.id, Turn.state.in_(("queued", "running")))
        .order_by(Turn.message_id)
        .with_for_update(of=Turn)
    ).all()
    for turn, client_id in waiting:
        turn.state = "held"
        turn.finished_at = now()
        events.append(session, conversation, "turn_done", data={"in_reply_to": client_id})


def _tell_patient(session: Session, conversation: Conversation, text: str) -> None:
    messages.add(session, conversation, "notice", text)
