"""The channel running in both directions, and what the tests ask it."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse

from bot.channels.telegram import api, webhook
from bot.channels.telegram.receiver import Receiver
from bot.channels.telegram.sender import TelegramSender
from bot.conversation.outbox import Outbox
from bot.errors import ProductError
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
    client, sender = api.bot(settings), TelegramSender(settings)

    async def close():
        await api.close(client)
        await sender.close()

    with _looping([Receiver(client, reception).run(), Outbox(database, [sender]).run()], close):
        yield


@contextmanager
def called(settings, database, intake, telegram):
    """The webhook in a web server, Telegram calling it, and an outbox."""
    sender = TelegramSender(settings)
    stop = threading.Event()

    def push(url):
        while not stop.wait(0.02):
            telegram.push(url, settings.telegram_webhook_secret)

    with (
        web(settings, database, intake) as url,
        _looping([Outbox(database, [sender]).run()], sender.close),
    ):
        thread = threading.Thread(target=push, args=(url,), daemon=True)
        thread.start()
        yield
        stop.set()
        thread.join(10)


@contextmanager
def _looping(coroutines, close):
    loop, tasks = asyncio.new_event_loop(), []

    async def serve():
        tasks.extend(map(asyncio.ensure_future, coroutines))
        await asyncio.gather(*tasks, return_exceptions=True)
        await close()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(lambda: [task.cancel() for task in tasks])
        thread.join(10)
        loop.close()


@contextmanager
def web(settings, database, intake):
    """The webhook in a real web server; its address."""

    async def expected(_request, error):
        return JSONResponse({}, status_code=error.status)

    app = Starlette(routes=webhook.routes(), exception_handlers={ProductError: expected})
    app.state.settings, app.state.database, app.state.intake = settings, database, intake
    config = uvicorn.Config(app, port=0, ws="none", log_level="error", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the web server did not start"
        time.sleep(0.02)
    try:
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}{webhook.PATH}"
    finally:
        server.should_exit = True
        thread.join(10)


class Clinic:
    """What tests ask the record, and what the patient reads."""

    def __init__(self, database, telegram, texts):
        self.database = database
        self.telegram = telegram
        self.texts = texts

    def reads(self, chat, part, timeout_s=30.0):
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
        return next(
            iter(self.all(sa.select(Conversation).where(Conversation.channel_ref == str(chat)))),
            None,
        )

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
        return [
            entry.action
            for entry in self.all(
                sa.select(RequestEntry)
                .where(RequestEntry.request_id == request.id)
                .order_by(RequestEntry.id)
            )
        ]

    def updates(self):
        return self.all(sa.select(Update).order_by(Update.update_id))
