"""What this channel adds when the intake has stored a message, before the same commit."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from bot.channels.telegram import consent
from bot.channels.telegram.arrivals import Arrival
from bot.channels.telegram.desk import Desk
from bot.channels.telegram.texts import Texts
from bot.clock import now
from bot.consultations import opening
from bot.store.tables import Message, Turn

LIGHT = frozenset({"sticker", "animation"})
"""Attachments that nobody has to look at."""
FLOOD_MESSAGES = 20
FLOOD_WITHIN = timedelta(seconds=60)


def add(desk: Desk, message: Message, *, first: bool, command: bool) -> None:
    """Answer what the dialogue cannot, and keep its answer back where it must not speak yet.

    `first`: the chat is new. `command`: the text is a command that we do not know.
    """
    turn = desk.session.get(Turn, message.id)
    if desk.arrival.attachment and desk.arrival.text.strip():
        # behind the words: findings name places in them
        message.text = f"{message.text} {name_of(desk.arrival, desk.texts, desk.locale)}"
    if desk.conversation.held_by is not None:
        return  # a nurse answers; the assistant is silent
    if desk.arrival.attachment:
        _answer_attachment(desk, message, turn)
    elif command and message.level == "none":
        _drop(turn)
        desk.say_once(desk.text("unknown_command"))
    elif _flooding(desk) and message.level == "none":
        _drop(turn)
        desk.say_once(desk.text("flood"))
    if not consent.given(desk):
        _wait_for_consent(desk, message, turn, first=first)


def _wait_for_consent(desk: Desk, message: Message, turn: Turn | None, *, first: bool) -> None:
    if turn is not None and turn.state != "done":
        consent.park(turn)
    if message.level == "none":  # nothing goes between a patient and a safety text
        consent.ask(desk, first=first)


def name_of(arrival: Arrival, texts: Texts, locale: str) -> str:
    """What everybody reads in place of the attachment."""
    return f"[{texts.attachment(arrival.attachment or 'other', locale)}]"


def _answer_attachment(desk: Desk, message: Message, turn: Turn | None) -> None:
    kind = desk.arrival.attachment or "other"
    what = desk.texts.attachment(kind, desk.locale)
    if not desk.arrival.text.strip():
        _drop(turn)
    if message.corrects is not None:
        return  # the attachment was answered when it came
    if desk.arrival.phone:
        desk.conversation.patient_phone = desk.arrival.phone
        desk.say_once(desk.text("contact_stored"))
    elif kind in LIGHT:
        desk.say_once(desk.text("attachment_light", what=what))
    else:
        filed = opening.file(desk.session, desk.conversation, message, priority="routine")
        desk.say_once(desk.text("attachment", what=what, reference=filed.request.reference))


def _flooding(desk: Desk) -> bool:
    recent = desk.session.execute(
        sa.select(sa.func.count())
        .select_from(Message)
        .where(
            Message.conversation_id == desk.conversation.id,
            Message.speaker == "patient",
            Message.at > now() - FLOOD_WITHIN,
        )
    ).scalar_one()
    return int(recent) > FLOOD_MESSAGES


def _drop(turn: Turn | None) -> None:
    """The dialogue owes no answer to this message."""
    if turn is not None:
        turn.state = "done"
        turn.finished_at = now()
