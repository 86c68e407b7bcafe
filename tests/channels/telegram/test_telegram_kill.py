"""`kill -9` of the receiver while patients write: none lost, none twice, order kept.

TELEGRAM_KILL_TEST="messages,chats,kills" sets the size; "1000,100,20" is the full run.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest
import sqlalchemy as sa
from chat_clinic import Clinic

from bot.settings import ROOT
from bot.store.tables import ConsultationRequest, RequestMessage

MESSAGES, CHATS, KILLS = map(int, os.environ.get("TELEGRAM_KILL_TEST", "300,30,8").split(","))
RED_FLAGS = (
    "I can't pee since this morning and my bladder is full",
    "I have a fever of 39 since yesterday",
    "My leg is suddenly weak and I can't lift my foot",
)
LONGEST_LIFE_S = 0.6


@pytest.fixture
def receiver(settings, database, tmp_path):
    """A receiver process; the value is how to kill it."""
    pid_file = tmp_path / "pid"
    environment = {
        **os.environ, "TELEGRAM_TOKEN": settings.telegram_token, "VAR": str(tmp_path),
        "TELEGRAM_API": settings.telegram_api, "DATABASE_URL": settings.database_url,
        "EMERGENCY_NUMBER": "112", "CLINIC_PHONE": "01 23", "LOG_LEVEL": "WARNING",
        "PYTHONPATH": str(ROOT),
    }
    script = str(ROOT / "tests" / "channels" / "telegram" / "receiver_process.py")
    with (tmp_path / "log").open("wb") as output:
        parent = subprocess.Popen(
            [sys.executable, script, str(pid_file)], env=environment, stderr=output, cwd=tmp_path
        )

    def kill():
        before = pid_file.read_text()
        os.kill(int(before), signal.SIGKILL)
        end = time.monotonic() + 10
        while pid_file.read_text() in ("", before):
            assert time.monotonic() < end, (tmp_path / "log").read_text()
            time.sleep(0.005)

    end = time.monotonic() + 60
    while not pid_file.exists() or not pid_file.read_text():
        assert parent.poll() is None, (tmp_path / "log").read_text()
        assert time.monotonic() < end, "the receiver did not start"
        time.sleep(0.05)
    yield kill
    parent.kill()
    parent.wait(10)
    os.kill(int(pid_file.read_text()), signal.SIGKILL)


def write_all(telegram, chance):
    """Every chat's messages, interleaved; a tenth are red flags."""
    for number in range(MESSAGES):
        chat = chance.randint(1, CHATS)
        flag = f" {chance.choice(RED_FLAGS)}" if number % 10 == 3 else ""
        text = f"Message number {number}.{flag}"
        telegram.text(chat, text)
        yield chat, text


@pytest.mark.processes
def test_kills_lose_nothing_and_double_nothing(receiver, database, telegram, texts):
    chance = random.Random(20)  # noqa: S311  not a secret
    telegram.duplicate = 0.2
    clinic = Clinic(database, telegram, texts)
    pause = KILLS * LONGEST_LIFE_S / 2 / MESSAGES
    deaths = 0
    next_death = time.monotonic() + chance.random() * LONGEST_LIFE_S
    wrote = {chat: [] for chat in range(1, CHATS + 1)}
    for chat, text in write_all(telegram, chance):
        wrote[chat].append(text)
        time.sleep(pause)
        if deaths < KILLS and time.monotonic() > next_death:
            receiver()
            deaths += 1
            next_death = time.monotonic() + chance.random() * LONGEST_LIFE_S
    while deaths < KILLS:
        time.sleep(chance.random() * LONGEST_LIFE_S)
        receiver()
        deaths += 1
    telegram.wait(lambda: len(clinic.updates()) == MESSAGES, 120)
    check(clinic, wrote)


def check(clinic, wrote):
    for chat, sent in wrote.items():
        stored = clinic.messages(chat)
        assert [message.text for message in stored] == sent, "lost, doubled or out of order"
        flagged = {message.id for message in stored if message.level in ("urgent", "emergency")}
        red = [text for text in sent if any(flag in text for flag in RED_FLAGS)]
        assert len(flagged) >= len(red)
        requests = clinic.requests(chat)
        assert len(requests) == (1 if flagged else 0), "exactly one open request"
        answered = Counter(
            message.in_reply_to for message in clinic.messages(chat, "assistant") if message.alert
        )
        assert set(answered.values()) <= {1}, "one safety text for each red flag"
        assert len(answered) == len(flagged)
        assert flagged <= linked(clinic, requests)


def linked(clinic, requests):
    ids = [request.id for request in requests]
    with clinic.database.read() as session:
        return set(session.execute(
            sa.select(RequestMessage.message_id)
            .join(ConsultationRequest, ConsultationRequest.id == RequestMessage.request_id)
            .where(ConsultationRequest.id.in_(ids), ConsultationRequest.status != "closed")
        ).scalars())
