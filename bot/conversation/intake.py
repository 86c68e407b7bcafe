"""Intake: one transaction that stores a message, its triage and everything triage demands.

Nothing is acknowledged before the commit, and nothing here needs Rasa. Triage itself runs before
the transaction, on a snapshot; when the conversation moved on meanwhile it runs again inside.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from bot import language
from bot.clock import now
from bot.consultations import opening
from bot.conversation import corrections, events, messages, replies, situation
from bot.errors import InvalidInput, TooLarge
from bot.settings import Settings
from bot.store import Database
from bot.store.tables import Conversation, Message, Turn
from bot.triage import Decision, Level, Triage
from bot.triage.wording import Contacts, SafetyWording
from bot.wording import Wording

log = structlog.get_logger()
MAX_ID_CHARS = 64
KNOWN = sa.select(Message.seq, Message.level).where(
    Message.conversation_id == sa.bindparam("conversation"),
    Message.client_id == sa.bindparam("client"),
)


@dataclass(frozen=True)
class Incoming:
    """A message as a channel received it: text, or the key of a quick reply."""

    client_id: str
    """Made by the sender; the same id again is the same message."""
    text: str | None = None
    reply: str | None = None
    attachment: str | None = None
    """photo, voice, ...: something only a person can look at."""
    ref: str | None = None
    """What the channel calls the message; an edited one has the name of the first."""
    edited: bool = False


@dataclass(frozen=True)
class Accepted:
    """The message is committed, with this number in its conversation."""

    client_id: str
    seq: int
    level: str


@dataclass(frozen=True)
class _Reading:
    """What was understood before the transaction."""

    text: str
    payload: dict[str, object]
    seen: situation.Situation
    decision: Decision
    corrected: Message | None = None
    """The version before, when the patient edited the message."""
    vector: dict[str, Any] | None = None
    """For the dialogue, which reads the same words; see `parts`."""


class Intake:
    """The only way a patient's message comes in, whatever the channel."""

    def __init__(
        self,
        database: Database,
        triage: Triage,
        safety: SafetyWording,
        wording: Wording,
        settings: Settings,
        *,
        vector: Callable[[str], dict[str, Any] | None] | None = None,
    ) -> None:
        """`vector` gives what triage computed of a text, for the dialogue to use again."""
        self._database = database
        self._triage = triage
        self._safety = safety
        self._wording = wording
        self._settings = settings
        self._contacts = contacts(settings)
        self._vector = vector

    @property
    def triage(self) -> Triage:
        """What reads every message; a channel asks it which messages may not be made to wait."""
        return self._triage

    def accept(
        self,
        conversation_id: str,
        incoming: Incoming,
        also: Callable[[Session], None] | None = None,
    ) -> Accepted:
        """Store, triage, escalate; return only after the commit.

        `also` runs inside the transaction (a channel's own bookkeeping). Raises InvalidInput,
        TooLarge, NotFound, Unavailable; then nothing was stored.
        """
        self._check(incoming)
        with self._database.read() as session:
            known = _known(session, conversation_id, incoming.client_id)
            reading = None if known else self._read(session, conversation_id, incoming)
        if reading is None and also is None and known is not None:
            return known
        with self._database.write() as session:
            conversation = messages.lock(session, conversation_id)
            if also is not None:
                also(session)
            known = _known(session, conversation_id, incoming.client_id)
            if known is not None or reading is None:
                assert known is not None  # noqa: S101  messages are never deleted under a lock
                return known
            if conversation.last_seq != reading.seen.seq:
                reading = self._read(session, conversation_id, incoming)
            return self._store(session, conversation, incoming, reading)

    def _check(self, incoming: Incoming) -> None:
        if not 0 < len(incoming.client_id) <= MAX_ID_CHARS:
            raise InvalidInput("the message needs an id of at most 64 characters")
        if incoming.reply is None and not (incoming.text or "").strip() and not incoming.attachment:
            raise InvalidInput("the message is empty", code="empty_message")
        if len(incoming.text or "") > self._settings.max_message_chars:
            raise TooLarge(self._wording.text("too_long", self._settings.locale))

    def _read(self, session: Session, conversation_id: str, incoming: Incoming) -> _Reading:
        corrected = None
        if incoming.edited and incoming.ref:
            corrected = corrections.newest(session, conversation_id, incoming.ref)
        seen = situation.read(
            session, conversation_id, attachment=bool(incoming.attachment), corrected=corrected
        )
        text, payload = incoming.text or "", {}
        if incoming.reply is not None:
            title = self._wording.button("nurse", seen.locale)
            choice = replies.resolve(session, conversation_id, incoming.reply, title)
            text, payload = choice.title, choice.payload
        text = messages.storable(text)
        if "intent" in payload:  # the words on the button are ours, not the patient's
            return _Reading(text, payload, seen, Decision(Level.NONE))
        decision = self._triage.decide(text, seen.context)
        vector = self._vector(text) if self._vector else None  # here: writers do not wait for it
        return _Reading(text, payload, seen, decision, corrected, vector)

    def _store(
        self, session: Session, conversation: Conversation, incoming: Incoming, reading: _Reading
    ) -> Accepted:
        decision = reading.decision
        if not reading.payload:
            conversation.locale = language.of(reading.text, conversation.locale)
        message = messages.add(
            session,
            conversation,
            "patient",
            reading.text,
            client_id=incoming.client_id,
            reply_key=incoming.reply,
            choice=reading.payload or None,
            triage=decision.to_json(),
            level=decision.level.value,
            provider_ref=incoming.ref,
            corrects=reading.corrected.seq if reading.corrected else None,
        )
        filed = self._escalate(session, conversation, message, reading)
        if filed is None:
            _note_on_open_request(session, message)
        if reading.corrected is not None or decision.correction:
            self._note_correction(session, conversation, message, reading)
        if reading.corrected is None or decision.level is Level.ASK:
            conversation.asked = _asked_json(decision)  # else it is not answered by an edit
        _queue_turn(session, conversation, message, reading.vector)
        log.info("intake.accepted", triage=decision.level.value, channel=conversation.channel)
        return Accepted(incoming.client_id, message.seq, decision.level.value)

    def _escalate(
        self, session: Session, conversation: Conversation, message: Message, reading: _Reading
    ) -> opening.Filed | None:
        decision, locale = reading.decision, conversation.locale
        if decision.level in (Level.EMERGENCY, Level.URGENT):
            filed = opening.file(
                session,
                conversation,
                message,
                priority=decision.level.value,
                signs=decision.signs,
            )
            text = self._safety.safety_reply(
                decision, locale, self._contacts, filed.request.reference
            )
            if decision.level is Level.URGENT:
                text = " ".join([text, *self._wording.closed(locale, message.at)])
            self._say(session, conversation, message, text, alert=decision.level.value)
            return filed
        if decision.level is Level.ASK and decision.asks is not None:
            text, titles = self._safety.question(decision.asks, locale)
            buttons = [_answer_button(key, title) for key, title in titles]
            self._say(session, conversation, message, text, quick_replies=buttons)
        if reading.payload.get("file"):
            return self._file_routine(session, conversation, message, "request_stored")
        if decision.routine:
            return self._file_routine(session, conversation, message, "routine_stored")
        return None

    def _note_correction(
        self, session: Session, conversation: Conversation, message: Message, reading: _Reading
    ) -> None:
        """A red flag is never taken back in silence: nurses and patient read that it stays."""
        request = opening.open_request(session, conversation.id)
        if request is None:
            return
        was_flagged = reading.corrected is None or reading.corrected.level in corrections.FLAGGED
        retracts = was_flagged and reading.decision.level is Level.NONE
        corrections.note(session, request, message, retracts=retracts)
        if retracts and conversation.held_by is None:
            text = self._safety.correction(conversation.locale, self._contacts)
            self._say(session, conversation, message, text)

    def _file_routine(
        self, session: Session, conversation: Conversation, message: Message, key: str
    ) -> opening.Filed:
        filed = opening.file(session, conversation, message, priority="routine")
        key = key if filed.opened else "added_to_request"
        text = self._wording.stored(
            key, conversation.locale, message.at, reference=filed.request.reference
        )
        self._say(session, conversation, message, text)
        return filed

    def _say(
        self,
        session: Session,
        conversation: Conversation,
        message: Message,
        text: str,
        *,
        alert: str | None = None,
        quick_replies: list[dict[str, object]] | None = None,
    ) -> None:
        messages.add(
            session,
            conversation,
            "assistant",
            text,
            alert=alert,
            quick_replies=quick_replies,
            in_reply_to=message.client_id,
        )


def _answer_button(key: str, title: str) -> dict[str, object]:
    return {"title": title, "payload": {"answer": key}}


def contacts(settings: Settings) -> Contacts:
    """The configured contacts; empty ones get generic wording, never an invented number."""
    names = Contacts.__dataclass_fields__
    return Contacts(**{name: getattr(settings, name) for name in names})


def _known(session: Session, conversation_id: str, client_id: str) -> Accepted | None:
    row = session.execute(
        KNOWN, {"conversation": conversation_id, "client": client_id}
    ).one_or_none()
    return Accepted(client_id, row.seq, row.level) if row else None


def _asked_json(decision: Decision) -> dict[str, object] | None:
    if decision.level is not Level.ASK or decision.asks is None:
        return None  # a question stays open for one message; then it was answered or passed over
    return decision.asks.to_json()


def _note_on_open_request(session: Session, message: Message) -> None:
    """Whatever a patient writes while a request is open keeps the request waiting."""
    request = opening.open_request(session, message.conversation_id)
    if request is not None:
        request.waiting_since = request.waiting_since or message.at
        events.tell_staff(session, "patient_wrote", request_id=request.id)


def _queue_turn(
    session: Session,
    conversation: Conversation,
    message: Message,
    vector: dict[str, Any] | None,
) -> None:
    held = conversation.held_by is not None
    session.add(
        Turn(
            message_id=message.id,
            conversation_id=conversation.id,
            state="held" if held else "queued",
            vector=None if held else vector,
            created_at=now(),
        )
    )
    if held:
        events.append(session, conversation, "turn_done", data={"in_reply_to": message.client_id})
