"""Alerts outside the browser, against a real web server and a real mail server on loopback."""

import hashlib
import hmac
import json
import socketserver
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import sqlalchemy as sa

from bot import parts
from bot.clock import now
from bot.consultations import alerting, opening
from bot.conversation import conversations, messages
from bot.settings import Settings
from bot.store.tables import AlertDelivery
from bot.timers import Timers

WORDS = "my wound is leaking axolotl"


class Hook(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.headers[alerting.SIGNATURE], body))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 204)
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
    server.got, server.answers = [], []
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
        reference, "emergency", "nurses",
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
        alert_email_to="nurses@clinic.example", alert_email_from="bot@clinic.example",
        smtp_host=host, smtp_port=port,
    )
    clock = timers(database, chosen)
    clock.climb()
    clock.send_alerts()
    [letter] = mail.got
    assert f"EMERGENCY request {reference}" in letter
    assert "axolotl" not in letter


def test_without_a_way_out_the_ladder_still_climbs_in_the_console(database, reference):
    clock = timers(database, settings())
    clock.climb()
    assert states(database) == []
    assert reference
