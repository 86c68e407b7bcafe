"""Events: numbered without gaps for the patient, in commit order for everybody who watches."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from talk import EMERGENCY, QUESTION, URGENT

from bot.conversation import events, messages
from bot.store.tables import Event, Notice

PUBLIC = {
    "seq",
    "at",
    "type",
    "id",
    "speaker",
    "text",
    "alert",
    "quick_replies",
    "source",
    "in_reply_to",
    "nurse",
}


def newest(database):
    with database.read() as session:
        return events.newest_position(session)


def test_a_client_reads_on_from_where_it_was(talk):
    for _ in range(3):
        talk.says(QUESTION)
    with talk.database.read() as session:
        assert [event["seq"] for event in events.after(session, talk.id, 1)] == [2, 3]
        assert events.after(session, talk.id, 3) == []
        assert events.after(session, talk.id, 2**31 - 1) == []


def test_a_long_conversation_is_read_in_pages(talk):
    with talk.database.write() as session:
        conversation = messages.lock(session, talk.id)
        for number in range(events.PAGE + 3):
            messages.add(session, conversation, "assistant", str(number))
    with talk.database.read() as session:
        first = events.after(session, talk.id, 0)
        rest = events.after(session, talk.id, first[-1]["seq"])
    assert (len(first), len(rest)) == (events.PAGE, 3)


def test_the_public_form_holds_nothing_of_ours(talk):
    talk.says(URGENT)
    for event in talk.events():
        assert set(event) == PUBLIC
        assert event["at"].endswith("+00:00")


def test_events_of_others_are_not_shown(talk, start):
    start().says(QUESTION)
    assert talk.events() == []


def test_staff_notices_and_events_share_one_order(talk):
    talk.says(EMERGENCY)
    with talk.database.read() as session:
        positions = [
            *session.execute(sa.select(Event.position)).scalars(),
            *session.execute(sa.select(Notice.position)).scalars(),
        ]
    assert sorted(positions) == list(range(1, len(positions) + 1))
    assert newest(talk.database) == len(positions)


def test_changed_conversations_are_named(talk, start):
    talk.says(QUESTION)
    position = newest(talk.database)
    other = start()
    other.says(QUESTION)
    with talk.database.read() as session:
        assert events.changed_since(session, position) == {other.id}
        assert events.changed_since(session, 0) == {talk.id, other.id}


def test_a_transaction_that_is_rolled_back_leaves_no_gap(talk):
    talk.says(QUESTION)
    with pytest.raises(RuntimeError), talk.database.write() as session:  # noqa: PT012  the story
        conversation = messages.lock(session, talk.id)
        messages.add(session, conversation, "assistant", "never said")
        raise RuntimeError("power cut")
    talk.says(QUESTION)
    assert [event["seq"] for event in talk.events()] == [1, 2]
    assert newest(talk.database) == 2


class Poller(threading.Thread):
    """Somebody who only ever asks for what is above the highest number seen."""

    def __init__(self, database):
        super().__init__(daemon=True)
        self.database = database
        self.seen = []
        self.stopped = threading.Event()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_error):
        self.stopped.set()
        self.join(30)

    def run(self):
        while not self.stopped.is_set():
            self.look()
        self.look()

    def look(self):
        last = self.seen[-1] if self.seen else 0
        with self.database.read() as session:
            self.seen += session.execute(
                sa.select(Event.position).where(Event.position > last).order_by(Event.position)
            ).scalars()


def test_a_reader_who_polls_never_misses_an_event(talk, start):
    talks = [talk, *(start() for _ in range(5))]
    with Poller(talk.database) as poller, ThreadPoolExecutor(6) as pool:
        list(pool.map(_write_slowly, talks))
    with talk.database.read() as session:
        stored = session.execute(sa.select(Event.position).order_by(Event.position)).scalars().all()
    assert len(stored) == 6 * 8
    assert poller.seen == stored


def _write_slowly(talk):
    """Takes numbers early and commits late, now and then."""
    for number in range(8):
        with talk.database.write() as session:
            conversation = messages.lock(session, talk.id)
            messages.add(session, conversation, "assistant", str(number))
            session.flush()
            time.sleep(0.01 * (number % 3))
