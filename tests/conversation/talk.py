"""One conversation as the record knows it, for tests that read like one."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from bot.clock import now
from bot.consultations import holding
from bot.conversation import conversations, events, messages
from bot.conversation.intake import Incoming
from bot.store.tables import ConsultationRequest, Conversation, Message, Nurse, Turn

URGENT = "Since this morning clear fluid is coming out of the wound"
EMERGENCY = "Both my legs are numb and I cannot pee"
VAGUE = "I feel unwell"
OVER = "I had a fever last week but it is gone"
QUESTION = "When can I drive again?"


class Talk:
    """A patient who writes, and what the record holds of it."""

    def __init__(self, database, intake, *, channel="widget", locale="en"):
        self.database = database
        self.intake = intake
        with database.write() as session:
            started = conversations.start(
                session, channel=channel, locale=locale, channel_ref=uuid.uuid4().hex
            )
        self.id, self.token = started.id, started.token

    def says(self, text, client_id=None, **details):
        incoming = Incoming(client_id or str(uuid.uuid4()), text=text, **details)
        return self.intake.accept(self.id, incoming)

    def taps(self, key):
        return self.intake.accept(self.id, Incoming(str(uuid.uuid4()), reply=key))

    def events(self):
        with self.database.read() as session:
            return events.after(session, self.id, 0)

    def texts(self, *speakers):
        return [
            event["text"]
            for event in self.events()
            if event["type"] == "message" and event["speaker"] in (speakers or ("assistant",))
        ]

    def answers_to(self, client_id):
        return [
            event["text"]
            for event in self.events()
            if event["type"] == "message" and event["in_reply_to"] == client_id
        ]

    def done(self):
        """Ids of the messages the client no longer waits for, in order."""
        return [event["in_reply_to"] for event in self.events() if event["type"] == "turn_done"]

    @property
    def row(self):
        return self.rows(Conversation, Conversation.id)[0]

    @property
    def requests(self):
        return self.rows(ConsultationRequest)

    @property
    def messages(self):
        return self.rows(Message)

    @property
    def turns(self):
        return self.rows(Turn)

    def rows(self, table, key=None):
        key = table.conversation_id if key is None else key
        with self.database.read() as session:
            return (
                session.execute(
                    sa.select(table).where(key == self.id).order_by(*sa.inspect(table).primary_key)
                )
                .scalars()
                .all()
            )

    def change(self, **values):
        with self.database.write() as session:
            conversation = session.get(Conversation, self.id)
            for name, value in values.items():
                setattr(conversation, name, value)

    def is_held(self):
        """A nurse takes over."""
        with self.database.write() as session:
            self.nurse = Nurse(
                name=uuid.uuid4().hex, display_name="Nurse", password_hash="-", created_at=now()
            )
            session.add(self.nurse)
            session.flush()
            holding.hold(session, messages.lock(session, self.id), self.nurse, _notice)

    def is_handed_back(self):
        with self.database.write() as session:
            holding.hand_back(session, messages.lock(session, self.id), self.nurse, _notice)


def _notice(key, _locale, _nurse):
    return key
