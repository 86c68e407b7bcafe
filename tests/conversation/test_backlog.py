"""What waits and for how long is measured, and an alarm is logged."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
import structlog
from starlette.applications import Starlette
from starlette.testclient import TestClient
from talk import QUESTION

from bot import health
from bot.clock import now
from bot.conversation import backlog, messages
from bot.conversation.backlog import Watch
from bot.store.tables import Delivery, Message, Pulse, Turn


def measured(database):
    with database.read() as session:
        return backlog.measure(session)


def aged(database, minutes):
    """Everything in the record happened so long ago."""
    with database.write() as session:
        for column in (Turn.created_at, Message.at, Delivery.next_at):
            session.execute(
                sa.update(column.class_).values({column: now() - timedelta(minutes=minutes)})
            )


def test_nothing_waits_in_an_empty_house(database):
    assert {what: one.count for what, one in measured(database).items()} == {
        "answers": 0,
        "sends": 0,
    }


def test_answers_and_sends_are_counted_with_the_age_of_the_oldest(database, start):
    talk = start(channel="telegram")
    talk.says(QUESTION)
    with database.write() as session:
        messages.add(session, messages.lock(session, talk.id), "assistant", "an answer")
    aged(database, minutes=3)
    talk.says(QUESTION)
    found = measured(database)
    assert (found["answers"].count, found["sends"].count) == (2, 1)
    assert all(170 < one.oldest_s < 200 for one in found.values())


def test_what_is_sent_or_stays_uncertain_waits_no_more(database, start):
    talk = start(channel="telegram")
    with database.write() as session:
        messages.add(session, messages.lock(session, talk.id), "assistant", "an answer")
    for values in ({"state": "sent"}, {"state": "uncertain", "next_at": backlog.outbox.NEVER}):
        with database.write() as session:
            session.execute(sa.update(Delivery).values(**values))
        assert measured(database)["sends"].count == 0


def test_the_age_of_updates_held_by_a_service_is_since_they_were_first_seen(database):
    with database.write() as session:
        backlog.heard(session, "telegram", 3)
    with database.write() as session:
        pulse = session.get(Pulse, "telegram_incoming")
        since = now() - timedelta(hours=1)
        pulse.data = {**pulse.data, "since": since.isoformat()}
    with database.write() as session:
        backlog.heard(session, "telegram", 5)
    waiting = measured(database)["telegram_incoming"]
    assert waiting.count == 5
    assert 3500 < waiting.oldest_s < 3700
    with database.write() as session:
        backlog.heard(session, "telegram", 0)
    assert measured(database)["telegram_incoming"].to_json() == {"waiting": 0, "oldest_s": 0.0}


def test_an_alarm_is_logged_while_something_waits_too_long(database, talk):
    with structlog.testing.capture_logs() as said:
        talk.says(QUESTION)
        Watch(database).look()
        assert not [line for line in said if line["event"] == "backlog.alarm"]
        aged(database, minutes=2)
        Watch(database).look()
    (alarm,) = [line for line in said if line["event"] == "backlog.alarm"]
    assert (alarm["what"], alarm["log_level"], alarm["waiting"]) == ("answers", "error", 1)
    assert QUESTION not in str(alarm)


def test_a_monitor_reads_it(database, talk):
    talk.says(QUESTION)
    with database.write() as session:
        backlog.heard(session, "telegram", 2)
    app = Starlette(routes=health.routes())
    app.state.database = database
    client = TestClient(app)
    ready = client.get("/readyz").json()
    assert ready["ready"] is True
    assert ready["backlog"]["answers"]["waiting"] == 1
    metrics = client.get("/metrics").text
    assert 'backlog{what="telegram_incoming"} 2.0' in metrics
    assert 'backlog_oldest_seconds{what="answers"}' in metrics
    assert 'pulse_seconds{part="telegram_incoming"}' in metrics
