"""An erased conversation also leaves the dialogue's own memory."""

import sqlite3
from datetime import timedelta

import pytest

from bot.clock import now
from bot.conversation import forgetting
from bot.settings import Settings
from bot.store.tables import Forgetting

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def memory(tmp_path):
    """A tracker database as Rasa's SQL tracker store makes it, with two conversations."""
    path = tmp_path / "dialogue.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE events (id INTEGER, sender_id TEXT, data TEXT)")
        rows = [("gone", "axolotl"), ("gone", "axolotl"), ("kept", "newt")]
        connection.executemany("INSERT INTO events (sender_id, data) VALUES (?, ?)", rows)
    return path


def erased(database, conversation_id, *, ago):
    with database.write() as session:
        session.add(Forgetting(conversation_id=conversation_id, at=now() - ago))


def test_after_a_minute_the_tracker_is_swept_and_its_words_are_overwritten(
    database, memory, tmp_path
):
    erased(database, "gone", ago=timedelta(minutes=2))
    assert forgetting.sweep(database, Settings(var=tmp_path)) == 1
    with sqlite3.connect(memory) as connection:
        assert connection.execute("SELECT sender_id FROM events").fetchall() == [("kept",)]
    assert b"axolotl" not in memory.read_bytes()
    assert forgetting.sweep(database, Settings(var=tmp_path)) == 0


def test_a_turn_may_still_be_under_way_so_nothing_is_swept_at_once(database, memory, tmp_path):
    erased(database, "gone", ago=timedelta(seconds=5))
    assert forgetting.sweep(database, Settings(var=tmp_path)) == 0
    assert b"axolotl" in memory.read_bytes()


def test_a_memory_that_cannot_be_reached_is_swept_later(database, memory, tmp_path):
    erased(database, "gone", ago=timedelta(minutes=2))
    lock = sqlite3.connect(memory, isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    assert forgetting.sweep(database, Settings(var=tmp_path)) == 0
    lock.execute("ROLLBACK")
    assert forgetting.sweep(database, Settings(var=tmp_path)) == 1
