from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from fake_api import TOKEN

from bot.channels.telegram.check import check, failed
from bot.channels.telegram.lock import only_one
from bot.channels.telegram.receiver import LOCK_FILE
from bot.channels.telegram.setup import setup
from bot.errors import SettingsError
from bot.settings import LOCALES, ROOT

SECRET = "a-secret-only-Telegram-knows"


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


HOOKED = {"telegram_webhook_secret": SECRET, "public_url": "https://clinic.example"}
MISTAKES = [
    ({"telegram_token": ""}, "TELEGRAM_TOKEN is not set"),
    ({"telegram_token": "1:x"}, "does not look like"),
    ({"telegram_token": f"'{TOKEN}'"}, "without quotes"),
    ({"telegram_token": f"bot{TOKEN}"}, "`bot` in front"),
    ({"telegram_token": f"{TOKEN}x"}, "refuses TELEGRAM_TOKEN"),
    ({"telegram_api": "http://127.0.0.1:9"}, "does not answer"),
    ({"telegram_api": "127.0.0.1:9"}, "must begin with https://"),
    ({**HOOKED, "public_url": "http://x"}, "https://"),
    ({**HOOKED, "public_url": ""}, "https://"),
    ({**HOOKED, "public_url": "https://clinic.example:9000"}, "443, 80, 88 and 8443"),
    ({**HOOKED, "public_url": "https://clinic.example:port"}, "443, 80, 88 and 8443"),
    ({**HOOKED, "telegram_webhook_secret": "short"}, "16 characters"),
    ({**HOOKED, "telegram_webhook_secret": "with spaces and ü in it"}, "letters, digits"),
]


@pytest.mark.parametrize(("changes", "said"), MISTAKES)
def test_check_names_what_is_wrong_and_setup_refuses_it(settings, changes, said):
    wrong = replace(settings, **changes)
    lines = checked(wrong)
    assert any(line.startswith("WRONG:") and said in line for line in lines), lines
    with pytest.raises(SettingsError) as caught:
        asyncio.run(setup(wrong))
    assert said in caught.value.message
    assert TOKEN not in "".join([*lines, caught.value.message])


def test_a_webhook_that_was_left_set_is_named(settings, telegram):
    asyncio.run(setup(settings))
    telegram.webhook = {"url": "https://old.example/hook"}
    assert any(
        line.startswith("WRONG:") and "https://old.example/hook" in line and "setup" in line
        for line in checked(settings)
    )
    asyncio.run(setup(settings))
    assert not failed(checked(settings))


def test_a_webhook_that_is_not_set_yet_is_named(settings):
    assert any(
        "the settings ask for https://clinic.example/telegram/webhook" in line
        for line in checked(replace(settings, **HOOKED))
    )


def test_a_webhook_with_several_connections_is_somebody_elses(settings, telegram):
    asyncio.run(setup(replace(settings, **HOOKED)))
    telegram.webhook["max_connections"] = 40
    assert any("set by somebody else" in line for line in checked(replace(settings, **HOOKED)))


def test_the_webhooks_last_error_is_wrong_only_while_updates_wait(settings, telegram):
    asyncio.run(setup(replace(settings, **HOOKED)))
    telegram.webhook |= {
        "last_error_message": "Connection refused",
        "last_error_date": int(time.time()),
    }
    said = [line for line in checked(replace(settings, **HOOKED)) if "Connection refused" in line]
    assert said[0].startswith("note:")
    telegram.text(5, "x")
    said = [line for line in checked(replace(settings, **HOOKED)) if "Connection refused" in line]
    assert said[0].startswith("WRONG:")


def test_a_bot_that_reads_groups_is_noted(settings, telegram):
    telegram.me |= {"can_read_all_group_messages": True, "can_join_groups": True}
    lines = checked(settings)
    assert any("/setprivacy" in line for line in lines)
    assert any("/setjoingroups" in line for line in lines)


def test_a_description_that_somebody_changed_is_named(settings, telegram):
    asyncio.run(setup(settings))
    telegram.stored["description", "fr"] = {"description": "Autre chose"}
    assert any("description (fr)" in line for line in checked(settings))
    asyncio.run(setup(settings))
    assert not failed(checked(settings))


def test_something_that_is_not_telegram_answers(settings):
    class Page(BaseHTTPRequestHandler):
        def do_POST(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>an intranet page</html>")

        def log_message(self, *_):
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    lines = checked(replace(settings, telegram_api=f"http://127.0.0.1:{server.server_port}"))
    server.shutdown()
    assert any("does not answer as Telegram does" in line for line in lines), lines


def test_the_commands_end_with_a_sentence_and_never_with_a_trace(settings):
    environment = {
        **os.environ,
        "TELEGRAM_TOKEN": f"{TOKEN}x",
        "TELEGRAM_API": settings.telegram_api,
        "VAR": str(settings.var),
        "INTERNAL_SECRET": "x",
        "CLINIC_PHONE": "01",
    }
    for action, code in (("check", 1), ("setup", 78)):
        done = subprocess.run(
            [sys.executable, "-m", "bot", "telegram", action],
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == code, done.stderr
        assert "refuses TELEGRAM_TOKEN" in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        assert TOKEN not in done.stdout + done.stderr


def test_check_warns_of_a_backlog(settings, telegram):
    for _ in range(60):
        telegram.text(5, "x")
    assert any("60 updates wait" in line and "WRONG" in line for line in checked(settings))


def test_check_never_shows_the_token(settings):
    assert all(settings.telegram_token not in line for line in checked(settings))
