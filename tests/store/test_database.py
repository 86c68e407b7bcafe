"""The record's promises: all or nothing, durable, honest when it cannot be had."""

import shutil
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory

from bot.clock import now
from bot.errors import Unavailable
from bot.settings import ROOT
from bot.store import Database, next_position
from bot.store.database import MIGRATIONS, VERSION, newest_version
from bot.store.tables import Conversation, Gap, Message, Sequence, metadata

PARIS = timezone(timedelta(hours=2))


def gap(text="x"):
    return Gap(at=now(), locale="en", text=text, kind="k")


def texts(database):
    with database.read() as session:
        return session.execute(sa.select(Gap.text).order_by(Gap.id)).scalars().all()


def test_a_write_is_committed_at_its_end(database):
    with database.write() as session:
        session.add(gap("kept"))
        assert texts(database) == []
    assert texts(database) == ["kept"]


def test_a_write_that_fails_leaves_nothing(database):
    with pytest.raises(RuntimeError), database.write() as session:  # noqa: PT012  the story
        session.add(gap())
        session.flush()
        raise RuntimeError("power cut")
    assert texts(database) == []


def test_the_migrations_make_the_tables_the_code_expects(database):
    inspector = sa.inspect(database.engine)
    assert set(inspector.get_table_names()) == {*metadata.tables, "alembic_version"}
    for name, table in metadata.tables.items():
        stored = {column["name"]: column["nullable"] for column in inspector.get_columns(name)}
        assert stored == {column.name: column.nullable for column in table.columns}, name


def test_migrating_again_changes_nothing(database):
    with database.write() as session:
        session.add(gap("kept"))
    database.migrate()
    assert texts(database) == ["kept"]


def test_the_newest_version_is_the_one_migrations_end_at(database):
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    head = ScriptDirectory.from_config(config).get_current_head()
    with database.engine.connect() as connection:
        stored = connection.execute(sa.select(VERSION.c.version_num)).scalars().all()
    assert stored == [newest_version()] == [head]


def test_a_record_of_the_newest_version_is_opened_while_another_writes(database):
    with database.write() as session:
        session.add(gap("kept"))
        Database(database.url, lock_wait_s=0.3).migrate()
    assert texts(database) == ["kept"]


def test_several_processes_may_migrate_at_once(tmp_path):
    url = f"sqlite:///{tmp_path / 'new' / 'record.db'}"
    code = f"from bot.store import Database; Database({url!r}, lock_wait_s=30).migrate()"
    processes = [
        subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    assert [process.communicate(timeout=60)[1] for process in processes] == [b""] * 3
    database = Database(url)
    assert texts(database) == []
    database.close()


def test_times_come_back_in_utc_whatever_zone_they_were_written_in(database):
    noon = datetime(2026, 3, 14, 12, tzinfo=PARIS)
    with database.write() as session:
        session.add(Gap(at=noon, locale="en", text="x", kind="k"))
    with database.read() as session:
        (read,) = session.execute(sa.select(Gap.at)).scalars()
    assert read == noon
    assert read.utcoffset() == timedelta(0)


def test_a_time_without_a_zone_never_reaches_the_record(database):
    naive = Gap(at=datetime(2026, 3, 14, 12), locale="en", text="x", kind="k")  # noqa: DTZ001
    with pytest.raises(sa.exc.StatementError, match="without zone"), database.write() as session:
        session.add(naive)
    assert texts(database) == []


def test_a_message_without_its_conversation_is_refused(database):
    orphan = Message(conversation_id="0" * 32, seq=1, speaker="patient", text="x", at=now())
    with pytest.raises(sa.exc.IntegrityError), database.write() as session:
        session.add(orphan)


def test_positions_are_given_out_one_by_one(database):
    def take(_number):
        with database.write() as session:
            return next_position(session)

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(take, range(40)))
    assert sorted(taken) == list(range(1, 41))
    with database.read() as session:
        assert session.get(Sequence, "position").value == 40


def test_a_position_that_was_rolled_back_is_given_out_again(database):
    with pytest.raises(RuntimeError), database.write() as session:  # noqa: PT012  the story
        next_position(session)
        raise RuntimeError("power cut")
    with database.write() as session:
        assert next_position(session) == 1


@pytest.fixture
def locked(empty_record, tmp_path):
    """A record of an older version that another program holds locked."""
    path = tmp_path / "locked.db"
    shutil.copy(empty_record, path)
    database = Database(f"sqlite:///{path}", lock_wait_s=0.3)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("UPDATE alembic_version SET version_num = '0001'")
    other.execute("BEGIN IMMEDIATE")
    yield database
    other.close()
    database.close()


def write(database):
    with database.write() as session:
        session.add(gap("lost"))


@pytest.mark.parametrize("step", [write, Database.migrate])
def test_a_locked_record_is_said_to_be_unavailable_in_time(locked, step):
    began = time.monotonic()
    with pytest.raises(Unavailable) as refused:
        step(locked)
    assert (refused.value.code, refused.value.status) == ("storage_unavailable", 503)
    assert time.monotonic() - began < 5
    assert texts(locked) == []


def test_a_locked_record_can_still_be_read(locked):
    assert texts(locked) == []


def test_a_full_disk_is_said_to_be_unavailable(empty_record, tmp_path):
    shutil.copy(empty_record, tmp_path / "full.db")
    database = Database(f"sqlite:///{tmp_path / 'full.db'}")

    @sa.event.listens_for(database.engine, "connect")
    def _small(connection, _record):
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages}")

    with pytest.raises(Unavailable), database.write() as session:
        session.add(gap("x" * 1_000_000))
    assert texts(database) == []
    database.close()


def test_nobody_at_the_servers_address_is_said_to_be_unavailable():
    database = Database("postgresql://nobody@127.0.0.1:1/none", lock_wait_s=1)
    with pytest.raises(Unavailable), database.read() as session:
        session.execute(sa.text("SELECT 1"))
    with pytest.raises(Unavailable):
        database.migrate()


@pytest.mark.postgresql
def test_a_row_locked_for_too_long_is_said_to_be_unavailable(postgresql):
    url = postgresql.empty_database()
    patient, slow = Database(url, lock_wait_s=1), Database(url)
    with slow.write() as session:
        session.add(Conversation(id="c", channel="widget", locale="en", created_at=now()))
    with slow.write() as holder:
        holder.get(Conversation, "c", with_for_update=True)
        with pytest.raises(Unavailable), patient.write() as session:
            session.get(Conversation, "c", with_for_update=True)
    patient.close()
    slow.close()


@pytest.mark.postgresql
def test_a_connection_the_server_cut_is_replaced(postgresql):
    database, other = (Database(url) for url in [postgresql.empty_database()] * 2)
    with database.write() as session:
        session.add(gap("kept"))
    cut = sa.text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with other.write() as session:
        session.execute(cut)
    assert texts(database) == ["kept"]
    with pytest.raises(Unavailable), database.write() as session:  # noqa: PT012  the story
        session.add(gap("lost"))
        session.flush()
        with other.write() as second:
            second.execute(cut)
    assert texts(database) == ["kept"]
    database.close()
    other.close()


def test_sqlite_is_opened_so_that_a_commit_survives_a_power_cut(empty_record):
    database = Database(f"sqlite:///{empty_record}")
    with database.engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }
    database.close()
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
    }
