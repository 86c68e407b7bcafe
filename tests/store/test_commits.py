"""Whether anybody committed is known without a query, and never wrongly denied."""

import threading
import time

import pytest
import sqlalchemy as sa

from bot.store import Database, next_position
from bot.store.commits import Commits
from bot.store.database import POSITION
from bot.store.tables import Sequence


@pytest.fixture
def commits(database):
    counting = Commits(database.engine)
    yield counting
    counting.close()


def count(database):
    with database.read() as session:
        return session.execute(
            sa.select(Sequence.value).where(Sequence.name == POSITION)
        ).scalar_one()


def commit(database):
    with database.write() as session:
        next_position(session)


def test_a_commit_is_noticed_once_whoever_made_it(database, commits):
    assert commits.any_since_last()  # the first time nothing is known
    commit(database)
    assert commits.any_since_last()
    another_process = Database(database.url)
    commit(another_process)
    assert commits.any_since_last()
    another_process.close()


def test_reading_and_what_was_rolled_back_are_no_commits(database, commits):
    commits.any_since_last()
    count(database)
    with pytest.raises(ZeroDivisionError), database.write() as session:
        _ = 1 / (next_position(session) * 0)
    assert commits.any_since_last() is not commits.are_counted


def test_whoever_looks_only_after_a_commit_misses_nothing(database, commits):
    def write():
        for _ in range(30):
            commit(database)

    writing = threading.Thread(target=write, daemon=True)
    seen, until = 0, time.monotonic() + 20
    writing.start()
    while seen < 30:
        assert time.monotonic() < until
        if commits.any_since_last():
            seen = count(database)
    writing.join(10)


def test_a_database_that_cannot_be_asked_counts_as_changed(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'record.db'}")
    database.migrate()
    commits = Commits(database.engine)
    commits.any_since_last()
    assert not commits.any_since_last()
    commits._connection.close()  # as if the file had become unreadable
    assert commits.any_since_last()
    commits.any_since_last()
    assert not commits.any_since_last()  # asked again over a new connection
    commits.close()
    database.close()
