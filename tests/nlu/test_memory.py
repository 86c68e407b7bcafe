"""The dialogue's memory: the same events as Rasa's own store keeps, read once instead of always."""

import asyncio
import sqlite3
from contextlib import closing

import pytest
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SessionStarted, UserUttered

from bot.nlu.memory import Memory

DOMAIN = Domain.from_dict({"intents": ["greet"]})


@pytest.fixture
def file(tmp_path):
    return str(tmp_path / "dialogue.db")


@pytest.fixture
def memory(file):
    return Memory(DOMAIN, dialect="sqlite", db=file)


def turn(store, text, *, new_session=False):
    """One turn as Rasa's processor takes it; returns the texts it saw before."""

    async def take():
        tracker = await store.get_or_create_tracker("patient", append_action_listen=False)
        before = said(tracker)
        if new_session or not tracker.events:
            tracker.update(ActionExecuted("action_session_start"), DOMAIN)
            tracker.update(SessionStarted(), DOMAIN)
        tracker.update(UserUttered(text, {"name": "greet", "confidence": 1.0}), DOMAIN)
        tracker.update(ActionExecuted("action_listen"), DOMAIN)
        await store.save(tracker)
        return before

    return asyncio.run(take())


def said(tracker):
    return [event.text for event in tracker.events if isinstance(event, UserUttered)]


def stored(file, *, all_sessions=True):
    """What another process reads, with Rasa's own store."""
    store = SQLTrackerStore(DOMAIN, dialect="sqlite", db=file)
    read = store.retrieve_full_tracker if all_sessions else store.retrieve
    return asyncio.run(read("patient"))


def test_every_event_is_stored_once_however_many_turns_are_taken(memory, file):
    for number in range(5):
        assert turn(memory, f"turn {number}") == [f"turn {earlier}" for earlier in range(number)]
    assert said(stored(file)) == [f"turn {number}" for number in range(5)]
    assert sum(isinstance(event, SessionStarted) for event in stored(file).events) == 1


def test_a_new_session_begins_with_an_empty_history_and_loses_nothing(memory, file):
    turn(memory, "old")
    turn(memory, "new", new_session=True)
    assert turn(memory, "newer") == ["new"]
    assert said(stored(file)) == ["old", "new", "newer"]
    assert said(stored(file, all_sessions=False)) == ["new", "newer"]


def test_an_earlier_session_is_left_behind_without_reading_anew(memory, file, monkeypatch):
    turn(memory, "old")
    turn(memory, "new", new_session=True)
    monkeypatch.setattr(SQLTrackerStore, "retrieve", None)
    assert turn(memory, "newer") == ["new"]
    assert said(stored(file)) == ["old", "new", "newer"]


def test_events_are_stored_as_rasa_stores_them(memory, file, tmp_path):
    theirs = SQLTrackerStore(DOMAIN, dialect="sqlite", db=str(tmp_path / "rasa.db"))
    tracker = asyncio.run(memory.get_or_create_tracker("patient"))
    tracker.update(UserUttered("hello", {"name": "greet", "confidence": 1.0}), DOMAIN)
    for store in (memory, theirs):
        asyncio.run(store.save(tracker.copy()))
    ours, expected = (_rows(at) for at in (file, tmp_path / "rasa.db"))
    assert ours == expected
    assert len(ours) == 2


def _rows(file):
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute("SELECT * FROM events ORDER BY id").fetchall()


def test_what_another_process_stored_meanwhile_is_read(memory, file):
    turn(memory, "here")
    other = Memory(DOMAIN, dialect="sqlite", db=file)
    assert turn(other, "there") == ["here"]
    assert turn(memory, "here again") == ["here", "there"]
    assert said(stored(file)) == ["here", "there", "here again"]


def test_what_was_erased_does_not_come_back(memory, file):
    turn(memory, "private")
    other = SQLTrackerStore(DOMAIN, dialect="sqlite", db=file)
    with other.session_scope() as session:
        session.query(other.SQLEvent).delete()
        session.commit()
    assert turn(memory, "later") == []
    assert said(stored(file)) == ["later"]


def test_a_turn_that_failed_leaves_nothing_behind(memory, file):
    turn(memory, "first")
    failed = asyncio.run(memory.retrieve("patient"))
    failed.update(UserUttered("never finished"), DOMAIN)
    assert turn(memory, "second") == ["first"]
    assert said(stored(file)) == ["first", "second"]


def test_a_tracker_that_is_put_back_unchanged_is_not_read_again(memory, monkeypatch):
    turn(memory, "first")
    memory.keep(asyncio.run(memory.retrieve("patient")))
    monkeypatch.setattr(SQLTrackerStore, "retrieve", None)
    assert turn(memory, "second") == ["first"]
