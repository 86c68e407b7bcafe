"""The sender with the real client against the fake API, errors and all."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest
from fake_api import TOKEN

from bot.channels.telegram.limits import Limits
from bot.channels.telegram.sender import TelegramSender
from bot.conversation.delivery import MaybeSent, NotSent, Parcel, Refused, Unreachable

PARCEL = Parcel(
    delivery_id=1,
    message_id=1,
    conversation_id="c",
    channel="telegram",
    channel_ref="77",
    locale="en",
    speaker="assistant",
    text="Hello.",
    alert=None,
    quick_replies=[],
    source=None,
    nurse=None,
    parts_sent=0,
)


def send(settings, *parcels):
    """Send one after the other; the progress that was reported."""
    reported = []

    async def progress(parts, reference):
        reported.append((parts, reference))

    async def run():
        sender = TelegramSender(settings)
        try:
            for parcel in parcels:
                await sender.send(parcel, progress)
        finally:
            await sender.close()

    asyncio.run(run())
    return reported


def test_a_text_arrives_as_it_is(settings, telegram):
    text = "*no* _markup_ <b>&amp; https://example.org"
    assert send(settings, replace(PARCEL, text=text)) == [(1, "1")]
    assert telegram.texts(77) == [text]
    assert "parse_mode" not in telegram.sent[0]
    assert telegram.sent[0]["link_preview_options"] == {"is_disabled": True}


def test_quick_replies_are_buttons_with_short_keys(settings, telegram):
    replies = [
        {"key": "4.0", "title": "A very long title " * 5, "payload": {"intent": "x"}},
        {"key": "nurse", "title": "Talk to a nurse", "payload": {}},
    ]
    send(settings, replace(PARCEL, quick_replies=replies))
    assert telegram.buttons(77) == {"A very long title " * 5: "4.0", "Talk to a nurse": "nurse"}


def test_a_long_text_goes_out_in_parts_and_the_buttons_come_last(settings, telegram):
    parcel = replace(
        PARCEL,
        text="One sentence. " * 700,
        quick_replies=[{"key": "1.0", "title": "Yes", "payload": {}}],
    )
    assert [parts for parts, _ in send(settings, parcel)] == [1, 2, 3]
    assert ["reply_markup" in message for message in telegram.sent] == [False, False, True]


def test_parts_that_were_sent_before_a_crash_are_not_sent_again(settings, telegram):
    parcel = replace(PARCEL, text="One sentence. " * 700, parts_sent=2)
    assert [parts for parts, _ in send(settings, parcel)] == [3]
    assert len(telegram.sent) == 1


def test_a_nurse_is_named(settings, telegram):
    send(settings, replace(PARCEL, speaker="nurse", nurse=("N. One", "nurse")))
    assert telegram.texts(77) == ["N. One (nurse):\nHello."]


def test_telegrams_own_pause_is_passed_on(settings, telegram):
    telegram.fail("sendMessage", status=429, retry_after=13)
    with pytest.raises(NotSent) as caught:
        send(settings, PARCEL)
    assert caught.value.retry_after_s == 13


@pytest.mark.parametrize(
    ("fault", "meaning"),
    [
        ({"status": 403, "description": "Forbidden: bot was blocked by the user"}, Unreachable),
        ({"status": 403, "description": "Forbidden: user is deactivated"}, Unreachable),
        ({"status": 400, "description": "Bad Request: chat not found"}, Unreachable),
        ({"status": 400, "description": "Bad Request: can't parse"}, Refused),
        ({"status": 500}, NotSent),
        ({"status": 502}, NotSent),
        ({"status": 401}, NotSent),
        ({"cut": "before"}, MaybeSent),
        ({"cut": "after"}, MaybeSent),
    ],
)
def test_every_fault_has_its_meaning(settings, telegram, fault, meaning):
    telegram.fail("sendMessage", **fault)
    with pytest.raises(meaning) as caught:
        send(settings, PARCEL)
    assert type(caught.value) is meaning
    assert TOKEN not in str(caught.value)


def test_no_connection_is_surely_not_sent(settings):
    with pytest.raises(NotSent, match="ConnectError"):
        send(replace(settings, telegram_api="http://127.0.0.1:9"), PARCEL)


def test_a_conversation_without_a_chat_is_unreachable(settings):
    with pytest.raises(Unreachable):
        send(settings, replace(PARCEL, channel_ref=""))


def test_the_token_is_never_logged(settings, telegram, caplog, capfd):
    caplog.set_level("DEBUG", logger="bot")
    telegram.fail("sendMessage", status=500)
    send_quietly = pytest.raises(NotSent)
    with send_quietly:
        send(settings, PARCEL)
    send(settings, PARCEL)
    out, err = capfd.readouterr()
    assert TOKEN not in caplog.text + out + err


def test_all_chats_together_stay_below_telegrams_limit():
    async def run():
        limits = Limits()
        begin = time.monotonic()
        await asyncio.gather(*(limits.wait(str(chat)) for chat in range(26)))
        return time.monotonic() - begin

    assert 0.9 <= asyncio.run(run()) <= 2.0
