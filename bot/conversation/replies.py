"""Quick replies: short keys that the client sends back, and what they stand for on our side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.errors import InvalidInput
from bot.store.tables import Message

NURSE = "nurse"
"""Always accepted: a nurse can be asked for in one tap, in every state."""


@dataclass(frozen=True)
class Choice:
    """What the patient tapped: the words shown, and the meaning we gave the button."""

    title: str
    payload: dict[str, Any]


def resolve(session: Session, conversation_id: str, key: str, nurse_title: str) -> Choice:
    """The choice behind a key, also of an old message; raises InvalidInput for an unknown key."""
    if key == NURSE:
        return Choice(nurse_title, {"intent": "ask_nurse", "file": "routine"})
    seq, _, _ = key.partition(".")
    offered = session.execute(
        sa.select(Message.quick_replies).where(
            Message.conversation_id == conversation_id,
            Message.seq == (int(seq) if seq.isdecimal() and len(seq) < 10 else -1),  # noqa: PLR2004  fits an integer column
        )
    ).scalar_one_or_none()
    for reply in offered or []:
        if reply["key"] == key:
            return Choice(reply["title"], reply["payload"])
    raise InvalidInput("this button is not known in this conversation", code="unknown_reply")
