"""The whole path: question, red flag, nurse, her answer in the chat, hand-back, deletion.

The dialogue is a stand-in that gives one fixed answer; everything else is the product's own.
"""

from __future__ import annotations

import asyncio
import threading

import pytest
from fake_api import per_chat

from bot.clock import now
from bot.consultations import lifecycle
from bot.conversation import conversations, messages, outbox
from bot.conversation.dialogue import Turned
from bot.conversation.dispatcher import Dispatcher
from bot.store.tables import Conversation, Nurse

QUESTION = "What should I bring to the hospital?"
EMERGENCY = "I can't pee since this morning and my bladder is full"
ANSWER = "The guide's answer."


class OneAnswer:
    async def turn(self, _call):
        return Turned(
            [
                {
                    "text": ANSWER,
                    "quick_replies": [
                        {"title": "Tell me more", "payload": {"intent": "more"}},
                    ],
                }
            ]
        )


@pytest.fixture
def dialogue(settings, database, intake):
    loop, tasks = asyncio.new_event_loop(), []

    async def serve():
        dispatcher = Dispatcher(database, OneAnswer(), intake._wording, settings)
        tasks.append(asyncio.ensure_future(dispatcher.run()))
        await asyncio.gather(*tasks, return_exceptions=True)

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    yield
    loop.call_soon_threadsafe(lambda: [task.cancel() for task in tasks])
    thread.join(10)
    loop.close()


@pytest.fixture
def nurse(database):
    with database.write() as session:
        account = Nurse(
            name="n1", display_name="N. One", password_hash="x", created_at=now(), role="nurse"
        )
        session.add(account)
        session.flush()
        return lifecycle.Actor(account)


def words(key, _locale, nurse):
    return f"{key} {nurse.display_name}"


def answers(telegram, chat):
    return telegram.texts(chat).count(ANSWER)


def stored(clinic, chat):
    return [message.text for message in clinic.messages(chat, "assistant")].count(ANSWER)


@pytest.mark.usefixtures("dialogue")
def test_question_red_flag_nurse_answer_hand_back_delete(clinic, telegram, nurse):
    telegram.text(5, QUESTION)
    clinic.reads(5, "Do you agree?")
    assert answers(telegram, 5) == 0
    clinic.tap(5, "I agree")
    clinic.reads(5, ANSWER)
    clinic.tap(5, "Tell me more")
    telegram.wait(lambda: answers(telegram, 5) == 2)

    telegram.text(5, EMERGENCY)
    clinic.warned(5)
    (request,) = clinic.requests(5)
    telegram.wait(lambda: all(turn.state == "done" for turn in clinic.turns(5)))
    before = stored(clinic, 5)

    with clinic.database.write() as session:
        lifecycle.claim(session, nurse, request.id, words)
        lifecycle.reply(session, nurse, request.id, "I will call you.", words, send_id="s1")
    clinic.reads(5, "N. One (nurse):\nI will call you.")
    telegram.text(5, QUESTION)
    telegram.message(
        5,
        sticker={
            "file_id": "f",
            "file_unique_id": "u",
            "width": 9,
            "height": 9,
            "is_animated": False,
            "is_video": False,
            "type": "regular",
        },
    )
    telegram.wait(lambda: clinic.messages(5)[-1].text == "[sticker]")

    with clinic.database.write() as session:
        lifecycle.hand_back(session, nurse, request.id, words)
    clinic.reads(5, "handed_back")
    assert stored(clinic, 5) == before, "silent while a nurse has the conversation"
    assert not any("sticker" in text for text in telegram.texts(5))
    telegram.text(5, QUESTION)
    telegram.wait(lambda: answers(telegram, 5) == before + 1)

    telegram.text(5, "/delete")
    clinic.reads(5, "cannot be undone")
    clinic.tap(5, "Delete everything")
    clinic.reads(5, "is still open")
    with clinic.database.write() as session:
        version = clinic.requests(5)[0].version
        lifecycle.close(
            session, nurse, request.id, words, outcome="true_alarm.answered", version=version
        )
    telegram.text(5, "/delete")
    telegram.wait(lambda: sum("cannot be undone" in text for text in telegram.texts(5)) == 2)
    clinic.tap(5, "Delete everything")
    clinic.reads(5, "must keep")
    assert clinic.conversation(5) is None


def test_answers_stay_in_order_whatever_goes_wrong_on_the_way(clinic, telegram, monkeypatch):
    monkeypatch.setattr(outbox, "AGAIN_AFTER_DOUBT_S", 0.05)
    monkeypatch.setattr(outbox, "FIRST_RETRY_S", 0.05)
    chats = range(1, 6)
    for chat in chats:
        telegram.text(chat, "/stop")
    telegram.wait(lambda: len(telegram.sent) == len(chats))
    for fault in (
        {"status": 429, "retry_after": 1},
        {"status": 500},
        {"cut": "before"},
        {"cut": "after"},
        {"status": 502},
    ) * 2:
        telegram.fail("sendMessage", **fault)
    with clinic.database.write() as session:
        for chat in chats:
            conversation = messages.lock(session, clinic.conversation(chat).id)
            for number in range(8):
                messages.add(session, conversation, "assistant", f"answer {number}")
    telegram.wait(lambda: all(len(set(telegram.texts(chat))) == 9 for chat in chats), 30)
    for sent in per_chat(telegram.sent).values():
        told = [message["text"] for message in sent[1:]]
        assert list(dict.fromkeys(told)) == [f"answer {number}" for number in range(8)]
    repeated = len(telegram.sent) - 9 * len(chats)
    assert repeated <= 2, "only a cut connection after the send may repeat a message"


def test_telegrams_speed_limit_is_not_met(clinic, telegram):
    telegram.per_second = 30
    with clinic.database.write() as session:
        for chat in range(1, 61):
            one = conversations.start(
                session, channel="telegram", channel_ref=str(chat), locale="en"
            )
            messages.add(session, session.get(Conversation, one.id), "assistant", "x")
    telegram.wait(lambda: len(telegram.sent) == 60, 20)
    assert telegram.refused_for_speed == 0
