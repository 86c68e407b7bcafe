"""One transaction in one chat: what the commands and the follow-ups of this channel work with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.channels.telegram.arrivals import Arrival
from bot.channels.telegram.texts import Texts
from bot.clock import now
from bot.conversation import messages
from bot.store.tables import Conversation, Message, Update, UpdateAttempt

NOT_AGAIN_WITHIN = timedelta(seconds=60)


@dataclass(frozen=True)
class Desk:
    """The locked conversation of a chat, and what is known of the update being processed."""

    session: Session
    conversation: Conversation
    arrival: Arrival
    texts: Texts
    secret: str = ""
    """What codes for linking are signed with."""

    @property
    def locale(self) -> str:
        """The language to answer in."""
        return str(self.conversation.locale)

    def text(self, key: str, **values: str) -> str:
        """A text of this channel in the chat's language."""
        return self.texts.text(key, self.locale, **values)

    def heard(self, text: str) -> Message:
        """Record what the patient tapped or commanded; it needs no triage."""
        return messages.add(
            self.session,
            self.conversation,
            "patient",
            text,
            client_id=self.arrival.client_id,
            level="none",
            provider_ref=self.arrival.ref or None,
        )

    def say(self, text: str, *, buttons: dict[str, str] | None = None) -> None:
        """One service text; `buttons` are key of the title -> what this channel does."""
        replies = [
            {"title": self.texts.button(title, self.locale), "payload": {"telegram": action}}
            for title, action in (buttons or {}).items()
        ]
        self.say_with(text, replies)

    def say_with(self, text: str, replies: list[dict[str, Any]]) -> None:
        """One service text with ready-made quick replies."""
        messages.add(
            self.session,
            self.conversation,
            "notice",
            text,
            quick_replies=replies,
            in_reply_to=self.arrival.client_id,
        )

    def say_once(self, text: str, *, buttons: dict[str, str] | None = None) -> None:
        """Say it unless the chat has read the same within the last minute."""
        repeated = self.session.execute(
            sa.select(Message.id)
            .where(
                Message.conversation_id == self.conversation.id,
                Message.speaker == "notice",
                Message.text == text,
                Message.at > now() - NOT_AGAIN_WITHIN,
            )
            .limit(1)
        ).first()
        if repeated is None:
            self.say(text, buttons=buttons)


def book(session: Session, arrival: Arrival) -> None:
    """Note the update as processed; raises IntegrityError when another process was faster."""
    session.execute(sa.delete(UpdateAttempt).where(UpdateAttempt.update_id == arrival.update_id))
    session.add(Update(update_id=arrival.update_id, received_at=now(), kind=arrival.kind))
    session.flush()
