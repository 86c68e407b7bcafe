"""The channel running in both directions, and what the tests ask it."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from bot.channels.telegram import api
from bot.channels.telegram.receiver import Receiver
from bot.channels.telegram.sender import TelegramSender
from bot.conversation.outbox import Outbox
from bot.store.tables import ConsultationRequest, Conversation, Message, RequestEntry, Turn, Update

on_both = pytest.mark.parametrize(
    "database_url",
    ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)],
    indirect=True,
)
"""The test runs on SQLite and on PostgreSQL."""


@contextmanager
def serving(settings, database, reception):
    """A receiver and an outbox in a thread of their own."""
    loop = asyncio.new_event_loop()
    client, sender = api.bot(settings), TelegramSender(settings)
    tasks = []

    async def serve():
        tasks.extend([
            asyncio.ensure_future(Receiver(client, reception).run()),
            asyncio.ensure_future(Outbox(database, [sender]).run()),
        ])
        await asyncio.gather(*tasks, return_exceptions=True)
        await api.close(client)
        await sender.close()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(lambda: [task.cancel() for task in tasks])
        thread.join(10)
        loop.close()


class Clinic:
    """What tests ask the record, and what the patient reads."""

    def __init__(self, database, telegram, texts):
        self.database = database
        self.telegram = telegram
        self.texts = texts

    def reads(self, chat, part, timeout_s=10.0):
        """Wait until the patient has read a text that contains `part`; the text."""
        found = []

        def look():
            found[:] = [text for text in self.telegram.texts(chat) if part in text]
            return bool(found)

        self.telegram.wait(look, timeout_s)
        return found[-1]

    def warned(self, chat):
        """Wait until the patient has read the safety text of the open request; the text."""
        self.telegram.wait(lambda: self.requests(chat))
        return self.reads(chat, self.requests(chat)[0].reference)

    def tap(self, chat, title):
        """Tap the newest button of this title."""
        return self.telegram.tap(chat, self.telegram.buttons(chat)[title])

    def settled(self):
        """Wait until Telegram has nothing left for us and the outbox is empty."""
        self.telegram.wait(lambda: self.telegram.pending == 0)

    def agree(self, chat, language="en"):
        """/start, then the button of the notice."""
        read = len(self.telegram.texts(chat))
        self.telegram.text(chat, "/start", language=language)
        self.telegram.wait(lambda: len(self.telegram.texts(chat)) == read + 1)
        self.tap(chat, self.texts.button("agree", language))
        self.telegram.wait(lambda: len(self.telegram.texts(chat)) == read + 2)

    def all(self, query):
        with self.database.read() as session:
            return session.execute(query).scalars().all()

    def conversation(self, chat):
        return next(iter(self.all(
            sa.select(Conversation).where(Conversation.channel_ref == str(chat))
        )), None)

    def messages(self, chat, speaker="patient"):
        return self.all(
            sa.select(Message)
            .join(Conversation, Conversation.id == Message.conversation_id)
            .where(Conversation.channel_ref == str(chat), Message.speaker == speaker)
            .order_by(Message.seq)
        )

    def turns(self, chat):
        return self.all(
            sa.select(Turn)
            .join(Conversation, Conversation.id == Turn.conversation_id)
            .where(Conversation.channel_ref == str(chat))
            .order_by(Turn.message_id)
        )

    def requests(self, chat):
        return self.all(
            sa.select(ConsultationRequest)
            .join(Conversation, Conversation.id == ConsultationRequest.conversation_id)
            .where(Conversation.channel_ref == str(chat))
        )

    def history(self, request):
        return [entry.action for entry in self.all(
            sa.select(RequestEntry)
            .where(RequestEntry.request_id == request.id).order_by(RequestEntry.id)
        )]

    def updates(self):
        return self.all(sa.select(Update).order_by(Update.update_id))
