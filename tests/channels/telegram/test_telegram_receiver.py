"""The receive loop and the webhook when things go wrong: nothing lost, nothing twice."""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
import time
from dataclasses import replace

import pytest
from chat_clinic import Clinic, serving, web
from fake_api import SECRET_HEADER, TOKEN, post

from bot.channels.telegram import arrivals, receiver, reception, rivals
from bot.channels.telegram.lock import only_one
from bot.channels.telegram.rivals import Rivals
from bot.errors import Conflict, SettingsError
from bot.store import Database

EMERGENCY = "I can't pee since this morning and my bladder is full"
SECRET = "a-secret-only-Telegram-knows"


def story(telegram, chats, each, seed=3):
    """Messages of several chats in a random order; what each chat wrote, in its order."""
    chance = random.Random(seed)  # noqa: S311  not a secret
    wrote = {chat: [] for chat in range(1, chats + 1)}
    for number in range(chats * each):
        chat = chance.choice([chat for chat in wrote if len(wrote[chat]) < each])
        text = EMERGENCY if number % 10 == 3 else f"message {number}"
        telegram.text(chat, text)
        wrote[chat].append(text)
    return wrote


def assert_everything_once(clinic, wrote):
    for chat, texts in wrote.items():
        assert [message.text for message in clinic.messages(chat)] == texts
        flagged = [text for text in texts if text == EMERGENCY]
        assert len(clinic.requests(chat)) == bool(flagged)
        warned = [m for m in clinic.messages(chat, "assistant") if m.alert == "emergency"]
        assert len(warned) == len(flagged)


def all_in(clinic, wrote):
    total = sum(map(len, wrote.values()))
    return lambda: len(clinic.updates()) == total


def test_updates_that_come_again_and_out_of_order_are_processed_once(clinic, telegram):
    telegram.duplicate, telegram.reorder = 0.7, True
    wrote = story(telegram, chats=6, each=10)
    telegram.wait(all_in(clinic, wrote), 30)
    assert_everything_once(clinic, wrote)


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"status": 502},
        {"status": 429, "retry_after": 1},
        {"cut": "before"},
        {"cut": "after"},
        {"status": 409, "description": "Conflict: terminated"},
    ],
)
def test_a_fault_of_getUpdates_costs_time_but_no_update(clinic, telegram, fault):  # noqa: N802
    telegram.fail("getUpdates", times=2, **fault)
    wrote = story(telegram, chats=2, each=5)
    telegram.wait(all_in(clinic, wrote), 20)
    assert_everything_once(clinic, wrote)


def test_a_button_is_answered_also_when_its_update_comes_again(reception):
    tap = {
        "update_id": 1,
        "callback_query": {
            "id": "cb",
            "from": {"id": 5, "is_bot": False, "first_name": "x"},
            "chat_instance": "1",
            "data": "nurse",
            "message": {
                "message_id": 1,
                "date": 1,
                "chat": {"id": 5, "type": "private"},
                "text": "x",
            },
        },
    }
    first, again = (reception.take(arrivals.read(tap)) for _ in range(2))
    assert [call.callback_id for call in first] == ["cb"]
    assert [call.callback_id for call in again] == ["cb"]


def test_a_locked_database_keeps_the_updates_at_telegram(
    settings, telegram, texts, intake, monkeypatch
):
    monkeypatch.setattr(receiver, "STORAGE_RETRY_S", 0.2)
    impatient = Database(settings.database, lock_wait_s=0.1)
    intake._database = impatient
    desk = reception.Reception(impatient, intake, texts, settings)
    with serving(settings, impatient, desk):
        clinic = Clinic(impatient, telegram, texts)
        telegram.text(5, "/help")
        telegram.wait(clinic.updates)
        blocker = sqlite3.connect(settings.database.removeprefix("sqlite:///"))
        blocker.execute("BEGIN EXCLUSIVE")
        wrote = telegram.text(5, EMERGENCY)
        clinic.reads(5, texts.text("not_stored", "en"))
        assert telegram.pending == 1, "the update is not confirmed"
        blocker.rollback()
        blocker.close()
        clinic.warned(5)
        assert [update.update_id for update in clinic.updates()][-1] == wrote
    impatient.close()


def test_an_update_that_breaks_the_intake_goes_to_a_person(clinic, telegram, intake, monkeypatch):
    decide = intake._triage.decide

    def broken(text, context):
        if "poison" in text:
            raise ZeroDivisionError
        return decide(text, context)

    monkeypatch.setattr(intake._triage, "decide", broken)
    monkeypatch.setattr(receiver, "STORAGE_RETRY_S", 0.05)
    telegram.text(5, "poison")
    telegram.text(5, "and then?")
    clinic.warned(5)
    assert [request.priority for request in clinic.requests(5)] == ["urgent"]
    telegram.wait(lambda: len(clinic.messages(5)) == 2)
    assert [message.text for message in clinic.messages(5)] == ["poison", "and then?"]


def test_a_second_receiver_on_this_machine_stops_with_a_clear_message(settings, database, intake):
    with only_one(settings.var / receiver.LOCK_FILE), pytest.raises(Conflict) as caught:
        asyncio.run(receiver.run(settings, database, intake))
    assert "another Telegram receiver is running here" in caught.value.message


def test_a_second_receiver_elsewhere_stops_with_a_clear_message(
    settings, database, intake, telegram, monkeypatch
):
    monkeypatch.setattr(receiver, "FIRST_RETRY_S", 0.01)
    telegram.fail(
        "getUpdates",
        times=99,
        status=409,
        description="Conflict: terminated by other getUpdates request",
    )
    with pytest.raises(Conflict, match="another receiver uses this bot's token"):
        asyncio.run(receiver.run(settings, database, intake))


def test_who_was_here_first_bears_what_makes_a_newcomer_stop():
    clock = iter([0.0, *(100.0 + number for number in range(30))]).__next__
    first = Rivals(clock)
    assert not any(first.met() for _ in range(20))
    clock = iter([0.0, *(1.0 + number for number in range(30))]).__next__
    second = Rivals(clock)
    assert [second.met() for _ in range(4)] == [False, False, False, True]


def test_of_two_receivers_the_first_goes_on(settings, database, intake, telegram, monkeypatch):
    monkeypatch.setattr(rivals, "NEW_S", 1.0)
    monkeypatch.setattr(receiver, "RIVAL_RETRY_S", 0.05)
    clinic = Clinic(database, telegram, None)
    elsewhere = replace(settings, var=settings.var / "elsewhere")

    async def both():
        first = asyncio.create_task(receiver.run(settings, database, intake))
        await asyncio.sleep(1.2)
        second = asyncio.create_task(receiver.run(elsewhere, database, intake))
        done, _ = await asyncio.wait({first, second}, timeout=20, return_when="FIRST_COMPLETED")
        assert done == {second}
        with pytest.raises(Conflict, match="another receiver"):
            second.result()
        telegram.text(5, EMERGENCY)
        while not clinic.requests(5):
            assert not first.done()
            await asyncio.sleep(0.05)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)

    asyncio.run(asyncio.wait_for(both(), 30))


@pytest.mark.parametrize("status", [401, 404])
def test_a_token_refused_while_running_is_tried_again(clinic, telegram, monkeypatch, status):
    monkeypatch.setattr(receiver, "REFUSED_RETRY_S", 0.05)
    telegram.text(5, "/help")
    telegram.wait(clinic.updates)
    telegram.fail("getUpdates", times=3, status=status, description="Unauthorized")
    telegram.text(5, "/help")  # ends the call that is open
    telegram.wait(lambda: telegram.faults[-1].times == 0)
    telegram.text(6, EMERGENCY)
    clinic.warned(6)


def test_a_pause_of_a_day_told_to_the_receiver_is_not_obeyed(clinic, telegram, monkeypatch):
    monkeypatch.setattr(receiver, "LONGEST_TOLD_S", 0.2)
    telegram.fail("getUpdates", status=429, retry_after=86_400)
    telegram.text(5, "/help")
    telegram.wait(lambda: telegram.faults[-1].times == 0)
    telegram.text(6, EMERGENCY)
    clinic.warned(6)


def test_polling_against_a_webhook_stops_with_a_clear_message(settings, database, intake, telegram):
    telegram.webhook["url"] = "https://elsewhere.example/hook"
    with pytest.raises(Conflict, match="telegram setup"):
        asyncio.run(receiver.run(settings, database, intake))


def test_a_refused_token_stops_with_a_message_that_does_not_show_it(settings, database, intake):
    wrong = replace(settings, telegram_token="123:WRONG")
    with pytest.raises(SettingsError) as caught:
        asyncio.run(receiver.run(wrong, database, intake))
    assert "123:WRONG" not in caught.value.message


def test_an_idle_receiver_stops_quickly(settings, database, intake):
    async def run():
        task = asyncio.create_task(receiver.run(settings, database, intake))
        await asyncio.sleep(0.5)
        task.cancel()
        begin = time.monotonic()
        await asyncio.gather(task, return_exceptions=True)
        return time.monotonic() - begin

    assert asyncio.run(run()) < 2


# --- webhook -----------------------------------------------------------------------------


@pytest.fixture
def hooked(settings):
    return replace(settings, telegram_webhook_secret=SECRET, public_url="https://clinic.example")


def test_the_webhook_stores_before_it_answers_and_repeats_do_nothing(
    hooked, database, intake, telegram, texts
):
    telegram.duplicate = 0.5
    wrote = story(telegram, chats=5, each=8)
    with web(hooked, database, intake) as url:
        telegram.push(url, SECRET)
        clinic = Clinic(database, telegram, texts)
        assert all_in(clinic, wrote)()
        assert_everything_once(clinic, wrote)


@pytest.mark.parametrize("secret", ["", "wrong", SECRET[:-1], SECRET + "x", "ü"])
def test_the_webhook_refuses_who_does_not_know_the_secret(hooked, database, intake, secret):
    with web(hooked, database, intake) as url:
        status = post(url, b'{"update_id": 1}', {SECRET_HEADER: secret.encode().decode("latin-1")})
    assert status == 404


def test_the_webhook_is_off_without_a_secret_of_its_own(settings, database, intake):
    with web(settings, database, intake) as url:
        assert post(url, b'{"update_id": 1}', {SECRET_HEADER: ""}) == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"not json", 400),
        (b"[1]", 400),
        (b"{}", 400),
        (b'{"update_id": "x"}', 400),
        (b'{"update_id": 1, "message": "' + b"x" * 1_000_001 + b'"}', 413),
        (b'{"update_id": 1}', 200),
        (b'{"update_id": 2, "message": {}}', 200),
        (b'{"update_id": 3, "message": {"chat": 7}}', 200),
    ],
)
def test_the_webhook_answers_every_body_with_a_fitting_status(
    hooked, database, intake, body, status
):
    with web(hooked, database, intake) as url:
        assert post(url, body, {SECRET_HEADER: SECRET}) == status


def test_the_webhook_asks_telegram_to_come_again_when_nothing_could_be_stored(
    hooked, intake, telegram, database, texts
):
    impatient = Database(hooked.database, lock_wait_s=0.1)
    intake._database = impatient
    update_id = telegram.text(5, EMERGENCY)
    blocker = sqlite3.connect(hooked.database.removeprefix("sqlite:///"))
    blocker.execute("BEGIN EXCLUSIVE")
    with web(hooked, impatient, intake) as url:
        body = json.dumps(telegram._pending[0]).encode()
        assert post(url, body, {SECRET_HEADER: SECRET}) == 503
        blocker.rollback()
        blocker.close()
        telegram.push(url, SECRET)
    clinic = Clinic(database, telegram, texts)
    assert [update.update_id for update in clinic.updates()] == [update_id]
    assert len(clinic.requests(5)) == 1
    impatient.close()


def test_the_webhook_too_tells_the_patient_what_has_not_arrived(hooked, intake, telegram, texts):
    impatient = Database(hooked.database, lock_wait_s=0.05)
    intake._database = impatient
    telegram.text(5, EMERGENCY)
    blocker = sqlite3.connect(hooked.database.removeprefix("sqlite:///"))
    blocker.execute("BEGIN EXCLUSIVE")
    with web(hooked, impatient, intake) as url:
        body = json.dumps(telegram._pending[0]).encode()
        for _ in range(5):
            assert post(url, body, {SECRET_HEADER: SECRET}) == 503
        telegram.wait(lambda: telegram.texts(5))
        blocker.rollback()
        blocker.close()
        telegram.push(url, SECRET)
    assert telegram.texts(5) == [texts.text("not_stored", "en")]
    impatient.close()


def test_nothing_that_the_receiver_logs_shows_the_token_or_a_text(clinic, telegram, capfd, caplog):
    telegram.fail("getUpdates", status=500)
    telegram.text(5, EMERGENCY)
    clinic.warned(5)
    out, err = capfd.readouterr()
    logged = out + err + caplog.text
    assert TOKEN not in logged
    assert "bladder" not in logged
