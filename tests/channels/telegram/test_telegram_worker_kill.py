"""`kill -9` of the worker while it sends: nothing lost, nothing out of order, twice at the most."""

from __future__ import annotations

import random
import time

import pytest
import sqlalchemy as sa
from chat_clinic import Clinic
from fake_api import per_chat
from lives import many_lives

from bot.consultations import opening
from bot.conversation import conversations, messages
from bot.evaluation.instance import free_port
from bot.store.tables import Conversation, Delivery, Message, RequestEntry

pytestmark = pytest.mark.processes
SAFETY = "Call 112 now."
CHATS, EACH, KILLS = 12, 6, 8
MOST_BETWEEN_KILLS = 6
OUT_WITHIN_S = 60.0
TOGETHER = 16
"""So many sends a worker has under way at once: so many may be repeated after a kill."""


@pytest.fixture
def worker(settings, database):
    """The worker process; the value is how to kill it."""
    with many_lives("worker_process.py", settings, RASA_PORT=str(free_port())) as kill:
        yield kill


@pytest.fixture
def clinic(database, telegram, texts):
    return Clinic(database, telegram, texts)


def say(database, chat, *texts, request=False):
    """Texts to a chat in one transaction, as an answer to a message with an open request."""
    with database.write() as session:
        found = conversations.by_channel_ref(session, "telegram", str(chat))
        conversation = found or session.get(
            Conversation,
            conversations.start(session, channel="telegram", channel_ref=str(chat), locale="en").id,
        )
        if request:
            asked = messages.add(session, conversation, "patient", "help", client_id="p1")
            opening.file(session, conversation, asked, priority="emergency")
        for text in texts:
            messages.add(session, conversation, "assistant", text)


def deliveries(database):
    with database.read() as session:
        return session.execute(
            sa.select(Message.text, Delivery.state, Delivery.attempts)
            .join(Delivery, Delivery.message_id == Message.id)
            .order_by(Delivery.id)
        ).all()


def doubtful(database, chat):
    """Texts of which nobody knows whether they went out."""
    with database.read() as session:
        return set(
            session.execute(
                sa.select(Message.text)
                .join(Delivery, Delivery.message_id == Message.id)
                .join(Conversation, Conversation.id == Message.conversation_id)
                .where(Conversation.channel_ref == str(chat), Delivery.state == "uncertain")
            ).scalars()
        )


def unfinished(database):
    return [row for row in deliveries(database) if row.state in ("queued", "sending")]


def test_killed_after_telegrams_yes_and_before_our_commit_it_is_sent_once_more(
    database, telegram, worker
):
    telegram.fail("sendMessage", cut="after", then=worker)
    say(database, 5, SAFETY, "and then", request=True)
    telegram.wait(lambda: "and then" in telegram.texts(5), OUT_WITHIN_S)
    assert telegram.texts(5) == [SAFETY, SAFETY, "and then"]
    telegram.wait(lambda: not unfinished(database))
    assert [(row.state, row.attempts) for row in deliveries(database)] == [("sent", 2), ("sent", 1)]


def test_killed_a_second_time_it_is_left_to_a_nurse_and_the_next_text_goes_out(
    database, telegram, worker, clinic
):
    telegram.fail("sendMessage", times=2, cut="after", then=worker)
    say(database, 5, SAFETY, "and then", request=True)
    telegram.wait(lambda: "and then" in telegram.texts(5), OUT_WITHIN_S)
    assert telegram.texts(5) == [SAFETY, SAFETY, "and then"]
    assert deliveries(database)[0].state == "uncertain"
    (request,) = clinic.requests(5)
    assert clinic.history(request)[-1] == "not_delivered"


def test_killed_before_telegram_has_it_it_is_sent(database, telegram, worker):
    telegram.fail("sendMessage", cut="before", then=worker)
    say(database, 5, SAFETY)
    telegram.wait(lambda: telegram.texts(5) == [SAFETY], OUT_WITHIN_S)


def test_a_long_text_goes_on_after_the_part_that_was_noted(database, telegram, worker):
    text = " ".join(f"Sentence number {number} of the text." for number in range(330))
    say(database, 5, text)
    telegram.wait(lambda: len(telegram.texts(5)) >= 1, OUT_WITHIN_S)
    worker()
    telegram.wait(lambda: not unfinished(database), OUT_WITHIN_S)
    parts = list(dict.fromkeys(telegram.texts(5)))
    assert " ".join(parts) == text
    assert len(telegram.texts(5)) <= len(parts) + 1


def test_kills_at_any_moment_lose_nothing_and_keep_the_order(database, telegram, worker):
    chance = random.Random(7)  # noqa: S311  not a secret
    for chat in range(1, CHATS + 1):
        say(database, chat, *(f"text {number}" for number in range(EACH)), request=True)
    for _ in range(KILLS):
        goal = len(telegram.sent) + chance.randint(1, MOST_BETWEEN_KILLS)
        telegram.wait(lambda goal=goal: len(telegram.sent) >= goal, OUT_WITHIN_S)
        time.sleep(chance.random() * 0.02)
        worker()
    assert unfinished(database), "the kills came too late to disturb anything"
    telegram.wait(lambda: not unfinished(database), OUT_WITHIN_S)
    chats = per_chat(telegram.sent)
    assert len(chats) == CHATS
    for chat, sent in chats.items():
        told = [message["text"] for message in sent]
        assert told == sorted(told), "a later text overtook an earlier one"
        assert max(map(told.count, told)) <= 2
        missing = {f"text {number}" for number in range(EACH)} - set(told)
        assert missing <= doubtful(database, chat), "what two kills met is left to a nurse"
    states = [row.state for row in deliveries(database)]
    assert set(states) <= {"sent", "uncertain"}
    with database.read() as session:
        told = session.execute(
            sa.select(sa.func.count()).where(RequestEntry.action == "not_delivered")
        ).scalar()
    assert told == states.count("uncertain"), "what may not have arrived is before the nurses"
    assert len(telegram.sent) - CHATS * EACH <= KILLS * TOGETHER
