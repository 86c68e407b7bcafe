"""Long polling and webhook, SQLite and PostgreSQL: the same story leaves the same record."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from chat_clinic import Clinic, called, on_both, serving

from bot.conversation import outbox
from bot.conversation.intake import Intake

QUESTION = "What should I bring to the hospital?"
EMERGENCY = "I can't pee since this morning and my bladder is full"
URGENT = "I have a fever of 39 since yesterday"
SECRET = "a-secret-only-Telegram-knows"
FILE = {"file_id": "f", "file_unique_id": "u", "width": 9, "height": 9}
STICKER = {**FILE, "is_animated": False, "is_video": False, "type": "regular"}
REFERENCE = re.compile(r"\b(?=\w*\d)[2-9A-Z]{6}\b|(?<=reference )\w{6}")
told = {}
"""What the first run left behind: all others must leave the same."""


@pytest.fixture(params=["polling", "webhook"])
def clinic(request, settings, database, intake, reception, telegram, texts):  # noqa: PLR0917
    if request.param == "polling":
        running = serving(settings, database, reception)
    else:
        hooked = replace(settings, telegram_webhook_secret=SECRET)
        running = called(hooked, database, intake, telegram)
    with running:
        yield Clinic(database, telegram, texts)


def step(clinic, telegram, update_id):
    """Wait until the update is taken in: what follows it comes later."""
    telegram.wait(lambda: update_id in {update.update_id for update in clinic.updates()})


def story(clinic, telegram):
    clinic.agree(5)
    for update_id in (
        lambda: telegram.text(5, QUESTION),
        lambda: telegram.edit(5, f"{QUESTION} And what not?"),
        lambda: telegram.message(5, photo=[FILE], caption="my wound"),
        lambda: telegram.edit(5, photo=[FILE], caption=URGENT),
        lambda: telegram.edit(5, photo=[FILE], caption="it was nothing"),
        lambda: telegram.message(5, sticker=STICKER),
        lambda: telegram.message(5, location={"longitude": 1.0, "latitude": 2.0}),
        lambda: telegram.text(5, f"/nurse {URGENT}"),
        lambda: telegram.text(5, "/whatever"),
        lambda: telegram.tap(5, "999.9"),
        lambda: telegram.text(5, "/language es"),
        lambda: telegram.text(6, EMERGENCY),
        lambda: telegram.membership(6, "kicked"),
        lambda: telegram.text(-7, "hello", chat_type="group"),
        lambda: telegram.text(8, "/stop"),
        lambda: telegram.update(message_reaction={}),
    ):
        step(clinic, telegram, update_id())
    telegram.wait(lambda: len(telegram.called("leaveChat")) == 1)
    telegram.wait(lambda: len(telegram.called("answerCallbackQuery")) == 2)


def left_behind(clinic, telegram):
    """The record and the chats, without what is different by chance."""
    return {
        chat: {
            "messages": [
                (m.speaker, REFERENCE.sub("REF", m.text), m.level, m.alert, m.corrects, m.seq)
                for speaker in ("patient", "assistant", "notice")
                for m in clinic.messages(chat, speaker)
            ],
            "turns": [turn.state for turn in clinic.turns(chat)],
            "requests": [
                (request.priority, request.status, request.signs, clinic.history(request))
                for request in clinic.requests(chat)
            ],
        }
        for chat in (5, 6, 8)
    } | {
        "buttons": sorted(call.get("text", "") for call in telegram.called("answerCallbackQuery")),
        "updates": [update.kind for update in clinic.updates()],
    }


@on_both
def test_the_same_story_leaves_the_same_record(clinic, telegram):
    story(clinic, telegram)
    telegram.wait(lambda: clinic.history(clinic.requests(6)[0])[-1] == "unreachable")
    found = left_behind(clinic, telegram)
    assert [priority for priority, *_ in found[5]["requests"]] == ["urgent"]
    assert found[5]["requests"][0][3].count("corrected") >= 2
    assert [priority for priority, *_ in found[6]["requests"]] == ["emergency"]
    assert found == told.setdefault("first", found)


@on_both
def test_repeated_and_interleaved_updates_of_many_chats_count_once(clinic, telegram):
    telegram.duplicate = 0.3
    for number in range(12):
        for chat in range(10, 15):
            telegram.text(chat, EMERGENCY if number == 5 else f"message {number}")
    telegram.wait(lambda: len(clinic.updates()) == 60, 30)
    for chat in range(10, 15):
        assert [message.text for message in clinic.messages(chat)] == [
            EMERGENCY if number == 5 else f"message {number}" for number in range(12)
        ]
        assert [request.priority for request in clinic.requests(chat)] == ["emergency"]


@on_both
def test_answers_keep_their_order_when_telegram_errs(clinic, telegram, monkeypatch):
    monkeypatch.setattr(outbox, "FIRST_RETRY_S", 0.05)
    telegram.text(5, "/stop")
    telegram.wait(lambda: telegram.texts(5))
    telegram.fail("sendMessage", times=2, status=500)
    telegram.fail("sendMessage", status=429, retry_after=1)
    for _ in range(4):
        telegram.text(5, "/help")
        telegram.text(5, "/emergency")
    telegram.wait(lambda: len(telegram.texts(5)) == 9, 30)
    helps = ["/nurse -" in text for text in telegram.texts(5)[1:]]
    assert helps == [True, False] * 4


def test_a_message_that_breaks_the_program_goes_to_a_person(clinic, telegram, monkeypatch):
    accept = Intake.accept

    def broken(self, conversation_id, incoming, also=None):
        if incoming.text == "poison":
            raise ZeroDivisionError
        return accept(self, conversation_id, incoming, also)

    monkeypatch.setattr(Intake, "accept", broken)
    telegram.text(5, "poison")
    telegram.text(5, "and then?")
    telegram.wait(lambda: len(clinic.messages(5)) == 2, 20)
    assert [message.text for message in clinic.messages(5)] == ["poison", "and then?"]
    assert [request.priority for request in clinic.requests(5)] == ["urgent"]
