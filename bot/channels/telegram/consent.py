"""Agreeing to Telegram before the first clinical answer; a red flag never waits for it.

Agreement is the version of the notice in the conversation's `notice_version`. Without it, messages
are stored and triaged, and the turn that would answer them is parked.
"""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from bot.channels.telegram.desk import Desk
from bot.clock import now
from bot.store.tables import Message, Turn

PARKED = "held"
STILL_WANTED = timedelta(hours=24)
NOTICE_BUTTONS = {"agree": "agree", "refuse": "refuse"}


def given(desk: Desk) -> bool:
    """Whether the patient agreed to the notice as it is worded now."""
    return bool(desk.conversation.notice_version == desk.texts.version)


def ask(desk: Desk, *, first: bool) -> None:
    """The full notice for who has not seen it, else a reminder."""
    if first:
        desk.say_once(f"{desk.text('welcome')}\n\n{desk.text('notice')}", buttons=NOTICE_BUTTONS)
    else:
        desk.say_once(desk.text("consent_needed"), buttons=NOTICE_BUTTONS)


def park(turn: Turn | None) -> None:
    """Keep the answer back until the patient agrees."""
    if turn is not None:
        turn.state = PARKED
        turn.finished_at = None


def agree(desk: Desk) -> None:
    """Answer from now on, beginning with the last question that waited."""
    desk.conversation.notice_version = desk.texts.version
    waiting = _parked(desk)
    desk.say(desk.text("consent_given_pending" if waiting else "consent_given"))
    if waiting is not None:
        waiting.state = "queued"
        waiting.created_at = now()


def refuse(desk: Desk) -> None:
    """Stay silent but for red flags."""
    desk.conversation.notice_version = None
    desk.say(desk.text("consent_refused"))


def _parked(desk: Desk) -> Turn | None:
    """The newest parked question, if no nurse has the conversation."""
    if desk.conversation.held_by is not None:
        return None
    found: Turn | None = desk.session.execute(
        sa.select(Turn)
        .join(Message, Message.id == Turn.message_id)
        .where(
            Turn.conversation_id == desk.conversation.id,
            Turn.state == PARKED,
            Turn.finished_at.is_(None),
            Turn.created_at > now() - STILL_WANTED,
            Message.level.in_(("none", "ask")),
        )
        .order_by(Turn.message_id.desc())
        .limit(1)
    ).scalar_one_or_none()
    return found
