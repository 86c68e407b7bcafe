"""The two sides of a turn: what the dialogue is told, and what becomes of what it says.

Actions of the dialogue have no effects. They return steps, and the steps are carried out here in
the transaction that stores the answer:

    {"text", "quick_replies", "source"}     say it
    {"effect": "request", "wording"}        file a routine request, then say the wording's text
    {"effect": "details", ...}              keep name, telephone, operation date
    {"effect": "language", "locale"}        answer in this language from now on
    {"effect": "gap", "kind"}               note a question the guide did not answer
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import structlog
from sqlalchemy.orm import Session

from bot import language
from bot.clock import now
from bot.consultations import opening
from bot.conversation import events, messages
from bot.conversation.anonymous import without_identity
from bot.conversation.dialogue import Turned
from bot.settings import LOCALES
from bot.store.tables import Conversation, Gap, Message
from bot.wording import Wording

log = structlog.get_logger()
DETAILS = ("patient_name", "patient_phone", "operation_date")


@dataclass(frozen=True)
class _Turn:
    """Where the steps of one turn are carried out."""

    session: Session
    conversation: Conversation
    wording: Wording
    message_id: int
    client_id: str

    @property
    def message(self) -> Message:
        """What is answered."""
        found: Message = self.session.get(Message, self.message_id)
        return found

    def say(self, text: str, **fields: Any) -> None:
        """One message of the assistant in answer to the patient's."""
        messages.add(
            self.session,
            self.conversation,
            "assistant",
            text,
            in_reply_to=self.client_id,
            **fields,
        )


def call(
    session: Session,
    conversation: Conversation,
    message: Message,
    attempt: int,
    vector: object = None,
) -> dict[str, object]:
    """What the dialogue is told about a message: JSON values only."""
    return {
        "conversation": conversation.id,
        "message": message.client_id,
        "attempt": attempt,
        "text": message.text,
        "vector": vector,
        "choice": _choice(message),
        "metadata": {
            "locale": conversation.locale,
            "foreign": language.detect(message.text, conversation.locale) == language.OTHER,
            "level": message.level,
            "filed": message.reply_key == "nurse",
            "known": [name for name in DETAILS if getattr(conversation, name) is not None],
            "today": now().date().isoformat(),
            "before": _before(session, message),
        },
    }


def store(
    session: Session,
    conversation: Conversation,
    turned: Turned,
    wording: Wording,
    *,
    message_id: int,
    client_id: str,
) -> None:
    """Carry out the steps of a turn, in the caller's transaction."""
    turn = _Turn(session, conversation, wording, message_id, client_id)
    for step in turned.steps:
        if "effect" in step:
            _EFFECTS[step["effect"]](turn, step)
        else:
            turn.say(
                step["text"],
                quick_replies=step.get("quick_replies"),
                source=step.get("source"),
            )


def _choice(message: Message) -> dict[str, Any] | None:
    """The meaning of the tapped button, kept with the message when it was taken in."""
    choice: dict[str, Any] | None = message.choice
    return choice if choice and "intent" in choice else None


def _before(session: Session, message: Message) -> str | None:
    """What the patient wrote last before this: "and driving?" goes on from it."""
    said = messages.last_said(session, message.conversation_id, below=message.seq)
    return said.text if said else None


def _request(turn: _Turn, step: dict[str, Any]) -> None:
    filed = opening.file(turn.session, turn.conversation, turn.message, priority="routine")
    key = step["wording"] if filed.opened else "added_to_request"
    turn.say(
        turn.wording.stored(key, turn.conversation.locale, now(), reference=filed.request.reference)
    )


def _details(turn: _Turn, step: dict[str, Any]) -> None:
    conversation = turn.conversation
    for name in DETAILS:
        value = step.get(name)
        if value is not None:
            setattr(conversation, name, _detail(name, value))
    request = opening.open_request(turn.session, conversation.id)
    if request is not None:
        events.tell_staff(turn.session, "details", request_id=request.id)
    if step.get("wording"):
        key = step["wording"] if request or step["wording"] != "details_stored" else "details_noted"
        reference = request.reference if request else ""
        turn.say(turn.wording.text(key, conversation.locale, reference=reference))


def _detail(name: str, value: str) -> str | date:
    return date.fromisoformat(value) if name == "operation_date" else messages.storable(value)


def _language(turn: _Turn, step: dict[str, Any]) -> None:
    if step["locale"] in LOCALES:
        turn.conversation.locale = step["locale"]


def _gap(turn: _Turn, step: dict[str, Any]) -> None:
    name, phone = turn.conversation.patient_name, turn.conversation.patient_phone
    turn.session.add(
        Gap(
            at=now(),
            locale=turn.conversation.locale,
            text=without_identity(turn.message.text, name, phone),
            kind=step["kind"],
        )
    )


_EFFECTS: dict[str, Callable[[_Turn, dict[str, Any]], None]] = {
    "request": _request,
    "details": _details,
    "language": _language,
    "gap": _gap,
}
