"""`kill -9` of the receiver while patients write: none lost, none twice, order kept."""

from __future__ import annotations

import random
import time
from collections import Counter

import pytest
import sqlalchemy as sa
from chat_clinic import Clinic
from lives import many_lives

from bot.store.tables import ConsultationRequest, RequestMessage

RED_FLAGS = (
    "I can't pee since this morning and my bladder is full",
    "I have a fever of 39 since yesterday",
    "My leg is suddenly weak and I can't lift my foot",
)
LONGEST_LIFE_S = 1.2
ALL_IN_WITHIN_S = 120.0


@pytest.fixture
def receiver(settings, database):
    """A receiver process; the value is how to kill it."""
    with many_lives("receiver_process.py", settings) as kill:
        yield kill


def write_all(telegram, messages, wrote, chance):
    """Every chat's messages, interleaved; a tenth are red flags."""
    for number in range(messages):
        chat = chance.choice(list(wrote))
        flag = f" {chance.choice(RED_FLAGS)}" if number % 10 == 3 else ""
        text = f"Message number {number}.{flag}"
        telegram.text(chat, text)
        wrote[chat].append(text)
        yield


@pytest.mark.processes
@pytest.mark.parametrize(
    ("database_url", "messages", "chats", "kills"),
    [
        ("sqlite", 1000, 100, 20),
        pytest.param("postgresql", 200, 20, 5, marks=pytest.mark.postgresql),
    ],
    indirect=["database_url"],
)
def test_kills_lose_nothing_and_double_nothing(  # noqa: PLR0917  fixtures and sizes
    receiver, database, telegram, texts, messages, chats, kills
):
    chance = random.Random(20)  # noqa: S311  not a secret
    telegram.duplicate = 0.2
    clinic = Clinic(database, telegram, texts)
    pause = kills * LONGEST_LIFE_S / 2 / messages
    deaths = 0
    next_death = time.monotonic() + chance.random() * LONGEST_LIFE_S
    wrote = {chat: [] for chat in range(1, chats + 1)}
    for _ in write_all(telegram, messages, wrote, chance):
        time.sleep(pause)
        if deaths < kills and time.monotonic() > next_death:
            receiver()
            deaths += 1
            next_death = time.monotonic() + chance.random() * LONGEST_LIFE_S
    while deaths < kills:
        time.sleep(chance.random() * LONGEST_LIFE_S)
        receiver()
        deaths += 1
    telegram.wait(lambda: len(clinic.updates()) == messages, ALL_IN_WITHIN_S)
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
        answered.update(given_up(clinic, chat, requests))
        assert set(answered.values()) <= {1}, "one text for each red flag"
        assert len(answered) == len(flagged)
        assert flagged <= linked(clinic, requests)


def given_up(clinic, chat, requests):
    """Messages during which three receivers in a row were killed: filed for a nurse, unread."""
    texts = {clinic.texts.text("not_read", "en", reference=one.reference) for one in requests}
    notices = clinic.messages(chat, "notice")
    return [notice.in_reply_to for notice in notices if notice.text in texts]


def linked(clinic, requests):
    ids = [request.id for request in requests]
    with clinic.database.read() as session:
        return set(
            session.execute(
                sa.select(RequestMessage.message_id)
                .join(ConsultationRequest, ConsultationRequest.id == RequestMessage.request_id)
                .where(ConsultationRequest.id.in_(ids), ConsultationRequest.status != "closed")
            ).scalars()
        )
