"""The record: what is stored, in SQLAlchemy 1.4 declarative form.

Conversations own messages; every visible change of a conversation is an event with a number
of its own (`seq`, gapless, for the patient's client) and one over all conversations (`position`,
for the console). A consultation request belongs to a conversation.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import declarative_base
from sqlalchemy.types import TypeDecorator

NAMES = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = sa.MetaData(naming_convention=NAMES)
Base: Any = declarative_base(metadata=metadata)


class UtcTime(TypeDecorator):
    """Aware datetimes in, aware UTC datetimes out, on every database."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: ARG002  SQLAlchemy's signature
        """To the database: UTC."""
        if value is None:
            return None
        assert value.tzinfo is not None, "a time without zone reached the store"  # noqa: S101  programmer misuse
        return value.astimezone(timezone.utc)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: ARG002
        """From the database: aware, UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            return value.replace(tzinfo=timezone.utc)
        return value.astimezone(timezone.utc)


def _id() -> sa.Column:
    return sa.Column(sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True)


def _conversation(*, index: bool = True) -> sa.Column:
    return sa.Column(
        sa.String(32),
        sa.ForeignKey("conversations.id", ondelete="CASCADE"),
        nullable=False,
        index=index,
    )


class Conversation(Base):
    """One patient on one channel."""

    __tablename__ = "conversations"
    id = sa.Column(sa.String(32), primary_key=True)
    token_hash = sa.Column(sa.String(64), unique=True)
    channel = sa.Column(sa.String(16), nullable=False)
    channel_ref = sa.Column(sa.String(64))
    locale = sa.Column(sa.String(8), nullable=False)
    notice_version = sa.Column(sa.String(32))
    created_at = sa.Column(UtcTime, nullable=False)
    last_seq = sa.Column(sa.Integer, nullable=False, default=0)
    held_by = sa.Column(sa.ForeignKey("nurses.id"))
    """The nurse who answers; while set the assistant is silent."""
    hold_version = sa.Column(sa.Integer, nullable=False, default=0)
    """Raised by every hold and hand-back: an answer computed under an older number is dropped."""
    asked = sa.Column(sa.JSON)
    """The red-flag question that is still unanswered (triage.Asked)."""
    patient_name = sa.Column(sa.String(200))
    patient_phone = sa.Column(sa.String(50))
    operation_date = sa.Column(sa.Date)
    __table_args__ = (sa.UniqueConstraint("channel", "channel_ref"),)


class Message(Base):
    """One utterance of the patient, the assistant or a nurse, or a notice."""

    __tablename__ = "messages"
    id = _id()
    conversation_id = _conversation()
    client_id = sa.Column(sa.String(64))
    """The sender's own id of a patient's message: the same id is the same message."""
    seq = sa.Column(sa.Integer, nullable=False)
    speaker = sa.Column(sa.String(16), nullable=False)
    text = sa.Column(sa.Text, nullable=False)
    at = sa.Column(UtcTime, nullable=False)
    alert = sa.Column(sa.String(16))
    quick_replies = sa.Column(sa.JSON, nullable=False, default=list)
    source = sa.Column(sa.JSON)
    in_reply_to = sa.Column(sa.String(64))
    reply_key = sa.Column(sa.String(64))
    choice = sa.Column(sa.JSON)
    """What the tapped quick reply stands for, with parameters only we know."""
    nurse_id = sa.Column(sa.ForeignKey("nurses.id"))
    triage = sa.Column(sa.JSON)
    """The triage decision of a patient's message, with all findings."""
    level = sa.Column(sa.String(16))
    provider_ref = sa.Column(sa.String(64))
    """What the channel calls a patient's message; later versions of it have the same."""
    corrects = sa.Column(sa.Integer)
    """`seq` of the earlier version, when the patient edited the message."""
    __table_args__ = (
        sa.UniqueConstraint("conversation_id", "client_id"),
        sa.UniqueConstraint("conversation_id", "seq"),
    )


class Event(Base):
    """Something a client shows: the content is the message it names."""

    __tablename__ = "events"
    position = sa.Column(
        sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False
    )
    """Number over all conversations, in commit order: who has seen n has seen all up to n."""
    conversation_id = _conversation(index=False)
    seq = sa.Column(sa.Integer, nullable=False)
    """Number within the conversation, without gaps."""
    at = sa.Column(UtcTime, nullable=False)
    type = sa.Column(sa.String(32), nullable=False)
    message_id = sa.Column(sa.ForeignKey("messages.id", ondelete="CASCADE"))
    data = sa.Column(sa.JSON, nullable=False, default=dict)
    __table_args__ = (sa.UniqueConstraint("conversation_id", "seq"),)


class Notice(Base):
    """A change only staff see (queue, life cycle), in the same order as events."""

    __tablename__ = "notices"
    position = sa.Column(
        sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False
    )
    at = sa.Column(UtcTime, nullable=False)
    type = sa.Column(sa.String(32), nullable=False)
    request_id = sa.Column(sa.Integer)
    data = sa.Column(sa.JSON, nullable=False, default=dict)


class Sequence(Base):
    """The counter behind `position`; its row lock makes numbers appear in commit order."""

    __tablename__ = "sequences"
    name = sa.Column(sa.String(32), primary_key=True)
    value = sa.Column(sa.BigInteger, nullable=False)


class Turn(Base):
    """A patient's message that the assistant still owes an answer: the dispatcher's queue."""

    __tablename__ = "turns"
    message_id = sa.Column(sa.ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True)
    conversation_id = _conversation()
    state = sa.Column(sa.String(16), nullable=False, index=True)
    """queued, running, done, failed, held."""
    attempts = sa.Column(sa.Integer, nullable=False, default=0)
    created_at = sa.Column(UtcTime, nullable=False)
    lease_until = sa.Column(UtcTime)
    """A running turn whose lease is over belongs to nobody and is taken again."""
    finished_at = sa.Column(UtcTime)
    apologised_at = sa.Column(UtcTime)
    """When the patient was told that no answer could be had in time."""
    vector = sa.Column(sa.JSON(none_as_null=True))
    """What triage computed of the message, for the dialogue; gone when the turn is finished."""


class Delivery(Base):
    """The outbox: one message to be sent on a channel that is not read by events."""

    __tablename__ = "outbox"
    id = _id()
    message_id = sa.Column(
        sa.ForeignKey("messages.id", ondelete="CASCADE"), nullable=False, unique=True
    )
    conversation_id = _conversation()
    channel = sa.Column(sa.String(16), nullable=False)
    state = sa.Column(sa.String(16), nullable=False, index=True)
    """queued, sending, sent, failed, uncertain."""
    attempts = sa.Column(sa.Integer, nullable=False, default=0)
    next_at = sa.Column(UtcTime, nullable=False)
    sent_at = sa.Column(UtcTime)
    error = sa.Column(sa.String(500))
    provider_ref = sa.Column(sa.String(64))
    progress = sa.Column(sa.Integer, nullable=False, default=0)
    """Parts of a long text already sent."""
    told_at = sa.Column(UtcTime)
    """When the nurses were told that it is late."""


class ConsultationRequest(Base):
    """What a nurse works on; closed by staff only."""

    __tablename__ = "requests"
    id = _id()
    reference = sa.Column(sa.String(16), nullable=False, unique=True)
    conversation_id = _conversation()
    priority = sa.Column(sa.String(16), nullable=False)
    rank = sa.Column(sa.Integer, nullable=False)
    """0 emergency, 1 urgent, 2 routine: the queue's first order."""
    status = sa.Column(sa.String(16), nullable=False, index=True)
    signs = sa.Column(sa.JSON, nullable=False, default=list)
    created_at = sa.Column(UtcTime, nullable=False)
    waiting_since = sa.Column(UtcTime)
    """Set by the patient's text, cleared only by a human reply."""
    acknowledged_at = sa.Column(UtcTime)
    acknowledged_by = sa.Column(sa.ForeignKey("nurses.id"))
    claimed_at = sa.Column(UtcTime)
    claimed_by = sa.Column(sa.ForeignKey("nurses.id"))
    contacted_at = sa.Column(UtcTime)
    closed_at = sa.Column(UtcTime)
    closed_by = sa.Column(sa.ForeignKey("nurses.id"))
    outcome = sa.Column(sa.String(32))
    outcome_note = sa.Column(sa.Text)
    version = sa.Column(sa.Integer, nullable=False, default=1)
    """Compare-and-set: an action names the version it saw."""


class RequestMessage(Base):
    """Which messages belong to a request."""

    __tablename__ = "request_messages"
    request_id = sa.Column(sa.ForeignKey("requests.id", ondelete="CASCADE"), primary_key=True)
    message_id = sa.Column(sa.ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True)


class RequestEntry(Base):
    """The history of a request: who did what, when; also private notes."""

    __tablename__ = "request_history"
    id = _id()
    request_id = sa.Column(
        sa.ForeignKey("requests.id", ondelete="CASCADE"), nullable=False, index=True
    )
    at = sa.Column(UtcTime, nullable=False)
    nurse_id = sa.Column(sa.ForeignKey("nurses.id"))
    action = sa.Column(sa.String(32), nullable=False)
    note = sa.Column(sa.Text)
    data = sa.Column(sa.JSON, nullable=False, default=dict)


class AlertDelivery(Base):
    """An alert to staff outside the browser, kept until it was delivered."""

    __tablename__ = "alerts"
    id = _id()
    request_id = sa.Column(
        sa.ForeignKey("requests.id", ondelete="CASCADE"), nullable=False, index=True
    )
    channel = sa.Column(sa.String(16), nullable=False)
    address = sa.Column(sa.String(200))
    audience = sa.Column(sa.String(16), nullable=False)
    step = sa.Column(sa.Integer, nullable=False)
    state = sa.Column(sa.String(16), nullable=False, index=True)
    """queued, sent, dropped."""
    attempts = sa.Column(sa.Integer, nullable=False, default=0)
    next_at = sa.Column(UtcTime, nullable=False)
    error = sa.Column(sa.String(200))


class Nurse(Base):
    """An account of the console."""

    __tablename__ = "nurses"
    id = _id()
    name = sa.Column(sa.String(64), nullable=False, unique=True)
    display_name = sa.Column(sa.String(100), nullable=False)
    role = sa.Column(sa.String(16), nullable=False, default="nurse")
    password_hash = sa.Column(sa.String(200), nullable=False)
    must_change_password = sa.Column(sa.Boolean, nullable=False, default=False)
    totp_secret = sa.Column(sa.String(64))
    disabled_at = sa.Column(UtcTime)
    created_at = sa.Column(UtcTime, nullable=False)
    failed_logins = sa.Column(sa.Integer, nullable=False, default=0)
    locked_until = sa.Column(UtcTime)
    preferences = sa.Column(sa.JSON, nullable=False, default=dict)


class NurseSession(Base):
    """A signed-in browser; the cookie holds the token, we hold its hash."""

    __tablename__ = "nurse_sessions"
    token_hash = sa.Column(sa.String(64), primary_key=True)
    nurse_id = sa.Column(sa.ForeignKey("nurses.id", ondelete="CASCADE"), nullable=False, index=True)
    csrf = sa.Column(sa.String(64), nullable=False)
    created_at = sa.Column(UtcTime, nullable=False)
    seen_at = sa.Column(UtcTime, nullable=False)
    ip = sa.Column(sa.String(64))
    user_agent = sa.Column(sa.String(200))


class Viewer(Base):
    """A nurse who has a request open on her screen; the row is old when the screen is gone."""

    __tablename__ = "viewers"
    request_id = sa.Column(sa.ForeignKey("requests.id", ondelete="CASCADE"), primary_key=True)
    nurse_id = sa.Column(sa.ForeignKey("nurses.id", ondelete="CASCADE"), primary_key=True)
    seen_at = sa.Column(UtcTime, nullable=False)


class SignInFailure(Base):
    """A sign-in that was refused, by address; kept for minutes."""

    __tablename__ = "sign_in_failures"
    id = _id()
    ip = sa.Column(sa.String(64), nullable=False, index=True)
    at = sa.Column(UtcTime, nullable=False)


class SearchWord(Base):
    """That a patient or a nurse used a word in a conversation, as the search folds it."""

    __tablename__ = "search_words"
    word = sa.Column(
        sa.String(40).with_variant(sa.String(40, collation="C"), "postgresql"), primary_key=True
    )
    """Compared byte by byte, so that the words with one beginning stand together."""
    conversation_id = sa.Column(
        sa.ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012  SQLAlchemy's own form


class AuditEntry(Base):
    """Who did or read what; a chain of hashes over the rows."""

    __tablename__ = "audit"
    id = _id()
    at = sa.Column(UtcTime, nullable=False)
    actor = sa.Column(sa.String(64), nullable=False)
    action = sa.Column(sa.String(64), nullable=False)
    object = sa.Column(sa.String(64), index=True)
    ip = sa.Column(sa.String(64))
    data = sa.Column(sa.JSON, nullable=False, default=dict)
    previous = sa.Column(sa.String(64), nullable=False)
    hash = sa.Column(sa.String(64), nullable=False)


class Update(Base):
    """A Telegram update that was taken in: its id is processed once."""

    __tablename__ = "telegram_updates"
    update_id = sa.Column(sa.BigInteger, primary_key=True, autoincrement=False)
    received_at = sa.Column(UtcTime, nullable=False)
    kind = sa.Column(sa.String(32), nullable=False)


class UpdateAttempt(Base):
    """A Telegram update that was begun and not finished: one that kills us is begun often."""

    __tablename__ = "telegram_attempts"
    update_id = sa.Column(sa.BigInteger, primary_key=True, autoincrement=False)
    attempts = sa.Column(sa.Integer, nullable=False, default=0)


class Pulse(Base):
    """The last sign of life of a part, and what it last knew; a newer one replaces it."""

    __tablename__ = "pulses"
    name = sa.Column(sa.String(32), primary_key=True)
    at = sa.Column(UtcTime, nullable=False)
    data = sa.Column(sa.JSON, nullable=False, default=dict)


class Forgetting(Base):
    """An erased conversation whose words the dialogue's own memory may still hold."""

    __tablename__ = "forgettings"
    conversation_id = sa.Column(sa.String(32), primary_key=True)
    at = sa.Column(UtcTime, nullable=False)


class Gap(Base):
    """A question the guide did not answer, without who asked it."""

    __tablename__ = "gaps"
    id = _id()
    at = sa.Column(UtcTime, nullable=False)
    locale = sa.Column(sa.String(8), nullable=False)
    text = sa.Column(sa.Text, nullable=False)
    kind = sa.Column(sa.String(32), nullable=False)
