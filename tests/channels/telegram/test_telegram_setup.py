from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.channels.telegram.check import check, failed
from bot.channels.telegram.lock import only_one
from bot.channels.telegram.receiver import LOCK_FILE
from bot.channels.telegram.setup import setup
from bot.settings import LOCALES

SECRET = "a secret only Telegram knows"


def checked(settings):
    return asyncio.run(check(settings))


def test_setup_sets_commands_and_descriptions_in_every_language_and_the_default(
    settings, telegram, texts
):
    changed = asyncio.run(setup(settings))
    for code, locale in [("", "en"), *((locale, locale) for locale in LOCALES)]:
        kept = telegram.stored["commands", code]["commands"]
        assert {command["command"]: command["description"] for command in kept} == (
            texts.commands(locale)
        )
        assert telegram.stored["description", code]["description"] == (
            texts.text("description", locale)
        )
    assert changed[-1] == "receiving: long polling (no webhook)"


def test_setup_changes_nothing_the_second_time(settings, telegram):
    asyncio.run(setup(settings))
    telegram.calls.clear()
    asyncio.run(setup(settings))
    assert not [name for name, _ in telegram.calls if name.startswith("setMy")]


def test_setup_never_drops_waiting_updates(settings, telegram):
    asyncio.run(setup(settings))
    hooked = replace(settings, telegram_webhook_secret=SECRET, public_url="https://clinic.example")
    asyncio.run(setup(hooked))
    calls = telegram.called("deleteWebhook") + telegram.called("setWebhook")
    assert all(call.get("drop_pending_updates", "false") == "false" for call in calls)
    assert telegram.webhook["url"] == "https://clinic.example/telegram/webhook"
    assert telegram.webhook["secret"] == SECRET


def test_check_is_content_after_setup_with_a_running_receiver(settings):
    asyncio.run(setup(settings))
    with only_one(settings.var / LOCK_FILE):
        lines = checked(settings)
    assert not failed(lines)
    assert all(line.startswith("ok:") for line in lines), lines


def test_check_of_a_new_bot_says_what_to_do(settings):
    lines = checked(settings)
    assert failed(lines)
    assert any("run `python -m bot telegram setup`" in line for line in lines)


@pytest.mark.parametrize(("changes", "said"), [
    ({"telegram_token": ""}, "TELEGRAM_TOKEN is not set"),
    ({"telegram_token": "1:x"}, "Telegram refuses TELEGRAM_TOKEN"),
    ({"telegram_api": "http://127.0.0.1:9"}, "does not answer"),
    ({"telegram_webhook_secret": SECRET, "public_url": "http://x"}, "https://"),
    ({"telegram_webhook_secret": "short"}, "16 characters"),
    ({"telegram_webhook_secret": SECRET, "public_url": "https://x"}, "the settings ask for"),
])
def test_check_names_what_is_wrong(settings, changes, said):
    lines = checked(replace(settings, **changes))
    assert any(line.startswith("WRONG:") and said in line for line in lines), lines


def test_check_warns_of_a_backlog(settings, telegram):
    for _ in range(60):
        telegram.text(5, "x")
    assert any("60 updates wait" in line and "WRONG" in line for line in checked(settings))


def test_check_never_shows_the_token(settings):
    assert all(settings.telegram_token not in line for line in checked(settings))
