from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from chat_clinic import Clinic, serving
from fake_api import TOKEN, FakeTelegram

from bot import parts
from bot.channels.telegram import limits
from bot.channels.telegram.reception import Reception
from bot.channels.telegram.texts import Texts
from bot.conversation.intake import Intake
from bot.settings import Settings
from bot.store import Database


@pytest.fixture
def telegram():
    with FakeTelegram() as fake:
        yield fake


@pytest.fixture
def settings(tmp_path: Path, telegram, database_url):
    return Settings(
        telegram_token=TOKEN,
        telegram_api=telegram.url,
        var=tmp_path,
        clinic_name="Test Clinic",
        clinic_phone="01 23",
        emergency_number="112",
        internal_secret="secret of this test",
        database_url=database_url,
    )


@pytest.fixture
def database_url(request, tmp_path):
    """SQLite unless a test asks for PostgreSQL too (`chat_clinic.on_both`)."""
    if getattr(request, "param", "sqlite") == "postgresql":
        return request.getfixturevalue("postgresql").empty_database()
    shutil.copy(request.getfixturevalue("empty_record"), tmp_path / "record.db")
    return f"sqlite:///{tmp_path / 'record.db'}"


@pytest.fixture
def database(settings):
    record = Database(settings.database)
    yield record
    record.close()


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
