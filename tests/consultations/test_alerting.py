"""Alerts outside the browser, against a real web server and a real mail server on loopback."""

import hashlib
import hmac
import json
import socketserver
import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import sqlalchemy as sa

from bot import parts
from bot.clock import now
from bot.commands import alerts
from bot.consultations import accounts, alerting, lifecycle, opening, ways
from bot.consultations.alert_texts import AlertTexts
from bot.consultations.steps import Actor
from bot.conversation import conversations, messages
from bot.settings import LOCALES, Settings
from bot.store.tables import AlertDelivery, Conversation
from bot.timers import Timers

WORDS = "my wound is leaking axolotl"


class Hook(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.headers[ways.SIGNATURE], body))
        self.server.paths.append(self.path)
        refused = self.server.refused in body
        self.send_response(
            403 if refused else self.server.answers.pop(0) if self.server.answers else 204
        )
        self.end_headers()

    def log_message(self, *_):
        pass


class Mail(socketserver.StreamRequestHandler):
    """As much of SMTP as one message needs."""

    def handle(self):
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline():
            command = line[:4].upper()
            if command == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.got.append(b"".join(lines).decode())
            self.wfile.write(b"221 bye\r\n" if command == b"QUIT" else b"250 ok\r\n")
            if command == b"QUIT":
                return


@contextmanager
def serving(server):
    server.got, server.answers, server.paths, server.refused = [], [], [], b"nobody"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def hook():
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Hook)) as server:
        yield server


@pytest.fixture
def mail():
    with serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mail)) as server:
        yield server


@pytest.fixture
def reference(database):
    with database.write() as session:
        started = conversations.start(session, channel="widget", locale="en")
        conversation = messages.lock(session, started.id)
        message = messages.add(session, conversation, "patient", WORDS, client_id="1")
        filed = opening.file(session, conversation, message, priority="emergency")
        return filed.request.reference


def settings(**values):
    return Settings(public_url="https://clinic.example", **values)


def webhook(server):
    address = f"http://127.0.0.1:{server.server_address[1]}/alerts"
    return settings(alert_webhook=address, alert_webhook_secret="key")


def timers(database, chosen):
    return Timers(database, parts.wording(chosen), chosen)


def states(database):
    with database.read() as session:
        return session.execute(
            sa.select(AlertDelivery.state, AlertDelivery.attempts).order_by(AlertDelivery.id)
        ).all()


def test_an_emergency_leaves_the_browser_at_once_signed_and_without_the_patients_words(
    database, hook, reference
):
    clock = timers(database, webhook(hook))
    clock.climb()
    clock.send_alerts()
    [(signature, body)] = hook.got
    assert signature == hmac.new(b"key", body, hashlib.sha256).hexdigest()
    alert = json.loads(body)
    assert (alert["reference"], alert["priority"], alert["audience"]) == (
        reference,
        "emergency",
        "nurses",
    )
    assert alert["console"].startswith("https://clinic.example/console/requests/")
    assert "axolotl" not in body.decode()


def test_it_is_repeated_until_the_other_side_has_taken_it_also_after_a_restart(
    database, hook, reference
):
    hook.answers[:] = [500]
    clock = timers(database, webhook(hook))
    clock.climb()
    clock.send_alerts()
    assert states(database) == [("queued", 1)]
    with database.write() as session:
        session.execute(sa.update(AlertDelivery).values(next_at=now()))
    restarted = timers(database, webhook(hook))
    restarted.climb()
    restarted.send_alerts()
    restarted.send_alerts()
    assert states(database) == [("sent", 2)]
    assert len(hook.got) == 2


def test_the_same_by_mail(database, mail, reference):
    host, port = mail.server_address
    chosen = settings(
        alert_email_to="nurses@clinic.example",
        alert_email_from="bot@clinic.example",
        smtp_host=host,
        smtp_port=port,
    )
    clock = timers(database, chosen)
    clock.climb()
    clock.send_alerts()
    [letter] = mail.got
    assert f"Subject: EMERGENCY: request {reference}" in letter
    assert "axolotl" not in letter


def test_its_texts_are_read_before_anybody_has_to_wait(database, hook, reference, monkeypatch):
    clock = timers(database, webhook(hook))
    clock.climb()
    read = AlertTexts.load

    def read_while_a_patient_writes(chosen):
        with database.write() as session:
            messages.lock(session, session.execute(sa.select(Conversation.id)).scalar_one())
        return read(chosen)

    monkeypatch.setattr(AlertTexts, "load", read_while_a_patient_writes)
    clock.send_alerts()
    assert len(hook.got) == 1


def telegram(server, **chats):
    return settings(
        telegram_token="123:SECRET",
        telegram_api=f"http://127.0.0.1:{server.server_address[1]}",
        **chats,
    )


@pytest.mark.parametrize("end", ["", "/"])
def test_a_telegram_message_to_staff_names_the_request_and_nothing_of_the_patient(
    database, hook, reference, end
):
    chosen = telegram(hook, alert_telegram_nurses="-100123")
    clock = timers(database, replace(chosen, telegram_api=f"{chosen.telegram_api}{end}"))
    clock.climb()
    clock.send_alerts()
    [(_, body)] = hook.got
    assert hook.paths == ["/bot123:SECRET/sendMessage"]
    message = json.loads(body)
    assert message["chat_id"] == "-100123"
    assert message["text"].startswith(f"EMERGENCY: request {reference}\n")
    assert "https://clinic.example/console/requests/" in message["text"]
    assert "axolotl" not in body.decode()


def test_each_audience_has_its_own_addresses(database, hook, reference, monkeypatch):
    chosen = telegram(hook, alert_telegram_nurses="1 2", alert_telegram_on_call="3")
    clock = timers(database, chosen)
    began = now()
    for minutes in (0, 6, 11, 25):
        moment = began + timedelta(minutes=minutes)
        monkeypatch.setattr("bot.timers.now", lambda moment=moment: moment)
        clock.climb()
    clock.send_alerts()
    asked = Counter(json.loads(body)["chat_id"] for _, body in hook.got)
    assert asked == {"1": 3, "2": 3, "3": 1}  # nurses twice, leads fall back to them, on call


def test_steps_that_fell_due_together_are_one_message_for_a_chat(
    database, hook, reference, monkeypatch
):
    clock = timers(database, telegram(hook, alert_telegram_nurses="1"))
    monkeypatch.setattr("bot.timers.now", lambda: now() + timedelta(minutes=25))
    clock.climb()
    clock.send_alerts()
    assert len(hook.got) == 1


def test_one_chat_that_refuses_repeats_for_itself_alone_and_no_token_is_kept(
    database, hook, reference, capsys
):
    hook.refused = b'"2"'
    clock = timers(database, telegram(hook, alert_telegram_nurses="1 2"))
    clock.climb()
    clock.send_alerts()
    with database.write() as session:
        session.execute(sa.update(AlertDelivery).values(next_at=now()))
    clock.send_alerts()
    assert [json.loads(body)["chat_id"] for _, body in hook.got] == ["1", "2", "2"]
    assert states(database) == [("sent", 1), ("queued", 2)]
    with database.read() as session:
        errors = session.execute(sa.select(AlertDelivery.error)).scalars().all()
    assert errors == [None, "answered 403"]
    assert "SECRET" not in "".join(capsys.readouterr())


def test_what_somebody_has_acknowledged_is_not_sent_any_more(database, hook, reference):
    clock = timers(database, webhook(hook))
    clock.climb()
    with database.write() as session:
        accounts.add(session, "vera")
        vera = Actor(accounts.find(session, "vera"))
        [request_id] = session.execute(sa.select(AlertDelivery.request_id)).scalars()
        lifecycle.acknowledge(session, vera, request_id)
    clock.send_alerts()
    assert hook.got == []
    assert states(database) == [("dropped", 0)]


def test_two_workers_send_an_alert_once(database, hook, reference):
    chosen = webhook(hook)
    timers(database, chosen).climb()
    together = threading.Barrier(2)

    def send():
        together.wait(timeout=10)
        alerting.send_due(database, chosen)

    workers = [threading.Thread(target=send, daemon=True) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=20)
    assert len(hook.got) == 1


@pytest.mark.parametrize("locale", LOCALES)
def test_the_texts_are_there_in_every_language(locale):
    chosen = settings(locale=locale)
    texts = AlertTexts.load(chosen)
    subject = texts.filled("subject", priority="emergency", reference="ABC234")
    assert "ABC234" in subject
    text = texts.filled("text", audience="on_call", since="2026-01-01 10:00", address="https://x")
    assert text.endswith("https://x")
    assert "{" not in subject + text + texts.filled("test", audience="leads")


def test_the_command_tests_every_address_and_says_which_fails(hook, monkeypatch, capsys):
    hook.refused = b'"2"'
    chosen = telegram(hook, alert_telegram_nurses="1", alert_telegram_on_call="2")
    assert alerts.run(None, chosen) == 1
    told = capsys.readouterr().out
    assert "ok:    telegram to 1\n" in told
    assert "WRONG: telegram to 2: answered 403" in told
    assert alerts.run(None, settings()) == 1


def test_without_a_way_out_the_ladder_still_climbs_in_the_console(database, reference):
    clock = timers(database, settings())
    clock.climb()
    assert states(database) == []
    assert reference
