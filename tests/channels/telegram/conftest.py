from __future__ import annotations

import asyncio
import shutil
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from fake_api import TOKEN, FakeTelegram

from bot import parts
from bot.channels.telegram import api, limits
from bot.channels.telegram.receiver import Receiver
from bot.channels.telegram.reception import Reception
from bot.channels.telegram.sender import TelegramSender
from bot.channels.telegram.texts import Texts
from bot.conversation.intake import Intake
from bot.conversation.outbox import Outbox
from bot.settings import Settings
from bot.store import Database
from bot.store.tables import ConsultationRequest, Conversation, Message, RequestEntry, Turn, Update
from bot.triage import Triage


@pytest.fixture
def telegram():
    with FakeTelegram() as fake:
        yield fake


@pytest.fixture
def settings(tmp_path: Path, telegram):
    return Settings(
        telegram_token=TOKEN,
        telegram_api=telegram.url,
        var=tmp_path,
        clinic_name="Test Clinic",
        clinic_phone="01 23",
        emergency_number="112",
        internal_secret="secret of this test",
        database_url=f"sqlite:///{tmp_path / 'record.db'}",
    )


@pytest.fixture(scope="session")
def empty_record(tmp_path_factory):
    """A migrated database to copy: migrating for every test takes longer than most of them."""
    path = tmp_path_factory.mktemp("record") / "empty.db"
    record = Database(f"sqlite:///{path}")
    record.migrate()
    with record.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    record.close()
    return path


@pytest.fixture
def database(settings, empty_record):
    shutil.copy(empty_record, settings.database.removeprefix("sqlite:///"))
    record = Database(settings.database)
    yield record
    record.close()


@pytest.fixture(scope="session")
def triage():
    return Triage.load(Settings().data / "triage")


@pytest.fixture
def intake(settings, database, triage):
    return Intake(
        database, triage, parts.safety_wording(settings), parts.wording(settings), settings
    )


@pytest.fixture
def texts(settings):
    return Texts.load(settings)


@pytest.fixture
def reception(database, intake, texts, settings):
    return Reception(database, intake, texts, settings)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    """Telegram's speed limits have tests of their own."""
    monkeypatch.setattr(limits, "CHAT_BURST", 100)


@pytest.fixture
def clinic(settings, database, reception, telegram, texts):
    """The channel in both directions, running until the test is over."""
    with serving(settings, database, reception):
        yield Clinic(database, telegram, texts)


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
