"""Opening the record: engine, transactions, the commit-ordered counter, migrations."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, sessionmaker

from bot.errors import Unavailable
from bot.store.turns import Turns

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK_WAIT_S = 5.0
CACHE_KIB = 512
"""Of each connection; there is one a thread, and the system keeps the file in memory anyway."""
POSITION = "position"
VERSION = sa.table("alembic_version", sa.column("version_num"))
# As texts: these run several times a message, and putting them together would cost most of it.
COUNT_ON = f"UPDATE sequences SET value = value + 1 WHERE name = '{POSITION}'"  # noqa: S608  ours
COUNTED = f"SELECT value FROM sequences WHERE name = '{POSITION}'"  # noqa: S608


class Database:
    """One engine and what can be done with it: `read()` and `write()`."""

    def __init__(self, url: str, *, lock_wait_s: float = LOCK_WAIT_S) -> None:
        self.url = url
        self.engine = _engine(url, lock_wait_s)
        self._lock_wait_s = lock_wait_s
        self._turns = Turns() if self.engine.dialect.name == "sqlite" else None
        self._session = sessionmaker(self.engine, future=True, expire_on_commit=False)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session on one snapshot; raises Unavailable when the database does not answer."""
        with _translated(), self._session() as session:
            self._begin(session, "BEGIN")
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction: committed at the end, rolled back on any error.

        On SQLite the write lock is taken at once, so that what is read inside is still true at
        commit. Raises Unavailable when the lock or the server cannot be had: nothing is stored.
        """
        with self._turn(), _translated(), self._session() as session:
            self._begin(session, "BEGIN IMMEDIATE")
            yield session
            session.commit()

    def _begin(self, session: Session, statement: str) -> None:
        if self.engine.dialect.name == "sqlite":  # the driver's own BEGIN is switched off
            session.connection().exec_driver_sql(statement)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if self._turns is None:
            yield
            return
        with self._turns.take(self._lock_wait_s) as came:
            if not came:
                raise Unavailable("the database is busy", code="storage_unavailable")
            yield

    def migrate(self) -> None:
        """Bring the schema to the newest version; safe to call by several processes at once.

        Raises Unavailable when the database does not answer.
        """
        with _translated():
            if self._version() == newest_version():
                return
        from alembic import command  # noqa: PLC0415  seldom needed, and every process would hold it
        from alembic.config import Config  # noqa: PLC0415

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["engine"] = self.engine
        with _translated():
            command.upgrade(config, "head")

    def _version(self) -> str | None:
        if not sa.inspect(self.engine).has_table(VERSION.name):
            return None
        with self.engine.connect() as connection:
            version: str | None = connection.execute(sa.select(VERSION.c.version_num)).scalar()
        return version

    def settle(self) -> None:
        """Write SQLite's log into its file, so that what was deleted is in neither of them."""
        if self.engine.dialect.name == "sqlite":
            with _translated(), self.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Give back all connections."""
        self.engine.dispose()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (OperationalError, PoolTimeout) as error:
        raise Unavailable("the database does not answer", code="storage_unavailable") from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise Unavailable("the database went away", code="storage_unavailable") from error
        raise


def newest_version() -> str:
    """The number of the newest migration, with which its file begins."""
    return max(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("0*.py"))


def next_position(session: Session) -> int:
    """The next number over all conversations; held until commit, so call it late."""
    connection = session.connection()
    connection.exec_driver_sql(COUNT_ON)
    value: int = connection.exec_driver_sql(COUNTED).scalar_one()
    return value


def _engine(url: str, lock_wait_s: float) -> Engine:
    if url.startswith("sqlite"):
        return _sqlite(url, lock_wait_s)
    return sa.create_engine(
        url,
        future=True,
        pool_size=10,
        max_overflow=10,
        pool_timeout=lock_wait_s,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": int(lock_wait_s),
            "options": f"-c timezone=utc -c lock_timeout={int(lock_wait_s * 1000)}",
        },
    )


def _sqlite(url: str, lock_wait_s: float) -> Engine:
    path = sa.engine.make_url(url).database
    if path:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(
        url,
        future=True,
        pool_size=20,
        max_overflow=20,
        pool_timeout=lock_wait_s,
        poolclass=sa.pool.QueuePool,
        connect_args={"timeout": lock_wait_s, "check_same_thread": False},
    )
    sa.event.listen(engine, "connect", _durable)
    return engine


def _durable(connection: sqlite3.Connection, _record: Any) -> None:
    """A committed message survives power loss (WAL, FULL); what is deleted is overwritten."""
    connection.isolation_level = None  # we begin transactions ourselves
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
    cursor.close()
