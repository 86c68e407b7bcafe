"""Taking one update in: stored, processed and booked in one transaction, once.

Whatever a patient writes goes through the intake, so triage sees it, also behind a command. A
message that the intake cannot process is filed for a person instead of being dropped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.channels.telegram import CHANNEL, commands, following
from bot.channels.telegram.arrivals import Arrival
from bot.channels.telegram.calls import AnswerButton, Call, Leave, Say
from bot.channels.telegram.desk import Desk, book
from bot.channels.telegram.texts import Texts
from bot.consultations import opening
from bot.conversation import conversations, corrections, events, messages, reachability, replies
from bot.conversation.intake import Incoming, Intake
from bot.errors import InvalidInput, TooLarge
from bot.settings import Settings
from bot.store import Database
from bot.store.tables import Conversation, Message, Update, UpdateAttempt

log = structlog.get_logger()


class Reception:
    """`take` processes one update and says what to call at Telegram afterwards."""

    def __init__(
        self, database: Database, intake: Intake, texts: Texts, settings: Settings
    ) -> None:
        self._database = database
        self._intake = intake
        self._texts = texts
        self._settings = settings
        self._handlers: dict[str, Callable[[Arrival], list[Call]]] = {
            "text": self._text,
            "attachment": self._attachment,
            "button": self._button,
            "blocked": self._reachability,
            "unblocked": self._reachability,
            "group": self._group,
            "ignored": self._ignored,
        }

    def take(self, arrival: Arrival) -> list[Call]:
        """Commit what the update demands; raises Unavailable, then nothing was stored.

        An update that was processed before changes nothing.
        """
        if self._taken(arrival):
            return _answered(arrival)
        try:
            calls = self._handlers[arrival.kind](arrival)
        except IntegrityError:
            if self._taken(arrival):  # another process was faster
                return _answered(arrival)
            raise
        said = any(isinstance(call, AnswerButton) for call in calls)
        return calls if said else [*_answered(arrival), *calls]

    def begin(self, arrival: Arrival) -> int:
        """Note that the update is begun; how often it was, this time included.

        What was begun and never finished ended with the process. Raises Unavailable.
        """
        with self._database.write() as session:
            row = session.get(UpdateAttempt, arrival.update_id)
            if row is None:
                row = UpdateAttempt(update_id=arrival.update_id, attempts=0)
                session.add(row)
            row.attempts += 1
            return int(row.attempts)

    def end(self, arrival: Arrival) -> None:
        """Whatever came of it, the process lives; raises Unavailable."""
        with self._database.write() as session:
            session.execute(
                sa.delete(UpdateAttempt).where(UpdateAttempt.update_id == arrival.update_id)
            )

    def file_unread(self, arrival: Arrival, *, shown: bool = True) -> list[Call]:
        """Give an update that could not be processed to a person; raises Unavailable.

        `shown`: with its text, which may be the very thing that cannot be stored.
        """
        if self._taken(arrival):
            return _answered(arrival)
        if not arrival.chat_id or arrival.kind not in ("text", "attachment", "button"):
            return self._ignored(arrival)
        conversation_id, _ = self._conversation(arrival)
        with self._database.write() as session:
            desk = self._desk(session, conversation_id, arrival)
            text = arrival.text if shown else ""
            message = desk.heard(text or f"[{arrival.attachment or arrival.kind}]")
            message.level = "urgent"
            filed = opening.file(session, desk.conversation, message, priority="urgent")
            desk.say(desk.text("not_read", reference=filed.request.reference))
        return _answered(arrival)

    def drop(self, arrival: Arrival) -> list[Call]:
        """The last resort: not stored, and the patient is told so; raises Unavailable."""
        self._ignored(arrival)
        return [*_answered(arrival), *([self.not_stored(arrival)] if arrival.chat_id else [])]

    def not_stored(self, arrival: Arrival) -> Say:
        """The honest text for a chat whose message cannot be stored right now."""
        locale = arrival.locale or self._settings.locale
        return Say(arrival.chat_id, self._texts.text("not_stored", locale))

    def _taken(self, arrival: Arrival) -> bool:
        with self._database.read() as session:
            return session.get(Update, arrival.update_id) is not None

    def _text(self, arrival: Arrival) -> list[Call]:
        if self._unchanged(arrival, arrival.text):
            return self._ignored(arrival)
        parsed = commands.parse(arrival.text)
        if parsed is None or parsed[0] not in commands.TYPED:
            self._accept(arrival, _incoming(arrival, arrival.text), command=parsed is not None)
            return []
        name, argument = parsed
        if argument and not commands.takes_argument(name, argument):
            more = _incoming(arrival, argument)
            more = replace(more, client_id=f"{more.client_id}-text")
            self._accept(arrival, more, booked=False)
            argument = ""
        if name == commands.NURSE:
            self._accept(arrival, Incoming(arrival.client_id, reply=replies.NURSE))
            return []
        return self._run(arrival, name, argument, heard=arrival.text)

    def _attachment(self, arrival: Arrival) -> list[Call]:
        """The words under it are triaged; what becomes of the rest is `following`'s to say."""
        conversation_id, _ = self._conversation(arrival)
        with self._database.read() as session:
            locale = session.get(Conversation, conversation_id).locale
        name = following.name_of(arrival, self._texts, locale)
        if self._unchanged(arrival, f"{arrival.text.strip()} {name}".strip()):
            return self._ignored(arrival)
        self._accept(arrival, _incoming(arrival, arrival.text.strip() or name))
        return []

    def _unchanged(self, arrival: Arrival, text: str) -> bool:
        """Whether nothing the patient wrote changed: a link preview also counts as an edit."""
        if not arrival.edited:
            return False
        with self._database.read() as session:
            conversation = _by_chat(session, arrival)
            if conversation is None:
                return False
            before = corrections.newest(session, conversation.id, arrival.ref)
            return before is not None and before.text == messages.storable(text)

    def _button(self, arrival: Arrival) -> list[Call]:
        choice = self._choice(arrival)
        if choice is None:
            return self._old_button(arrival)
        if "telegram" in choice.payload:
            action, argument = choice.payload["telegram"], choice.payload.get("argument", "")
            return self._run(arrival, action, argument, heard=choice.title)
        self._accept(arrival, Incoming(arrival.client_id, reply=arrival.key))
        return []

    def _choice(self, arrival: Arrival) -> replies.Choice | None:
        with self._database.read() as session:
            conversation = _by_chat(session, arrival)
            if conversation is None:
                return None
            title = self._texts.button("nurse", conversation.locale)
            try:
                return replies.resolve(session, conversation.id, arrival.key, title)
            except InvalidInput:
                return None

    def _old_button(self, arrival: Arrival) -> list[Call]:
        self._ignored(arrival)
        locale = arrival.locale or self._settings.locale
        return [AnswerButton(arrival.callback_id, self._texts.text("old_button", locale))]

    def _reachability(self, arrival: Arrival) -> list[Call]:
        """The patient blocked the bot, or let it in again: the nurses have to know."""
        with self._database.write() as session:
            book(session, arrival)
            conversation = _by_chat(session, arrival)
            if conversation is not None and arrival.kind == "blocked":
                reachability.note_unreachable(session, conversation, "blocked by the patient")
            elif conversation is not None:
                reachability.note_reachable(session, conversation)
        return []

    def _group(self, arrival: Arrival) -> list[Call]:
        self._ignored(arrival)
        locale = arrival.locale or self._settings.locale
        text = self._texts.text("group", locale)
        return [Say(arrival.chat_id, text), Leave(arrival.chat_id)]

    def _ignored(self, arrival: Arrival) -> list[Call]:
        with self._database.write() as session:
            book(session, arrival)
        return []

    def _run(self, arrival: Arrival, name: str, argument: str, *, heard: str) -> list[Call]:
        """A command or a button of this channel, in one transaction."""
        conversation_id, _ = self._conversation(arrival)
        with self._database.write() as session:
            desk = self._desk(session, conversation_id, arrival)
            message = desk.heard(heard)
            request = opening.open_request(session, conversation_id)
            if request is not None:
                events.tell_staff(session, "patient_wrote", request_id=request.id)
            log.info("telegram.command", name=name, seq=message.seq)
            return commands.run(desk, name, argument)

    def _accept(
        self, arrival: Arrival, incoming: Incoming, *, command: bool = False, booked: bool = True
    ) -> None:
        """Through the intake, with our own bookkeeping in its transaction."""
        conversation_id, first = self._conversation(arrival)

        def also(session: Session) -> None:
            if booked:
                book(session, arrival)
            if _message(session, conversation_id, incoming.client_id) is None:
                sa.event.listen(session, "before_commit", follow, once=True)

        def follow(session: Session) -> None:
            message = _message(session, conversation_id, incoming.client_id)
            assert message is not None  # noqa: S101  the intake has just stored it
            desk = self._desk(session, conversation_id, arrival, booked=True)
            following.add(desk, message, first=first, command=command)

        try:
            self._intake.accept(conversation_id, incoming, also)
        except (TooLarge, InvalidInput) as error:
            self._refuse(arrival, conversation_id, error)

    def _refuse(
        self, arrival: Arrival, conversation_id: str, error: TooLarge | InvalidInput
    ) -> None:
        key = "too_long" if isinstance(error, TooLarge) else "old_button"
        with self._database.write() as session:
            desk = self._desk(session, conversation_id, arrival)
            desk.say(desk.text(key))

    def _desk(
        self, session: Session, conversation_id: str, arrival: Arrival, *, booked: bool = False
    ) -> Desk:
        """The locked conversation; the update is booked in the same transaction."""
        conversation = messages.lock(session, conversation_id)
        if not booked:
            book(session, arrival)
        return Desk(session, conversation, arrival, self._texts, self._settings.internal_secret)

    def _conversation(self, arrival: Arrival) -> tuple[str, bool]:
        """The id of the chat's conversation, started when there is none, and whether it is new."""
        with self._database.read() as session:
            found = _by_chat(session, arrival)
        if found is not None:
            return found.id, found.last_seq == 0
        with self._database.write() as session:
            found = _by_chat(session, arrival)
            if found is not None:
                return found.id, found.last_seq == 0
            started = conversations.start(
                session,
                channel=CHANNEL,
                channel_ref=str(arrival.chat_id),
                locale=arrival.locale or self._settings.locale,
            )
            return started.id, True


def _by_chat(session: Session, arrival: Arrival) -> Conversation | None:
    return conversations.by_channel_ref(session, CHANNEL, str(arrival.chat_id))


def _message(session: Session, conversation_id: str, client_id: str) -> Message | None:
    message: Message | None = session.execute(
        sa.select(Message).where(
            Message.conversation_id == conversation_id, Message.client_id == client_id
        )
    ).scalar_one_or_none()
    return message


def _answered(arrival: Arrival) -> list[Call]:
    """A tapped button is always answered, also when the update comes again."""
    return [AnswerButton(arrival.callback_id)] if arrival.callback_id else []


def _incoming(arrival: Arrival, text: str) -> Incoming:
    return Incoming(arrival.client_id, text=text, ref=arrival.ref or None, edited=arrival.edited)
