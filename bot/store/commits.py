"""Asking, very cheaply, whether anybody committed anything since one asked last.

Looking for news or for work many times a second would cost more than the work itself. SQLite counts
the commits of all processes in the memory they share; asking for the count reads no file.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress

from sqlalchemy.engine import Engine


class Commits:
    """Remembers the count it saw; used by one task or thread at a time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.are_counted = engine.dialect.name == "sqlite" and bool(engine.url.database)
        self._connection: sqlite3.Connection | None = None
        self._seen = -1

    def any_since_last(self) -> bool:
        """False only when there was surely none; always True where that is not known cheaply."""
        if not self.are_counted:
            return True
        before, self._seen = self._seen, self._count()
        return self._seen == -1 or self._seen != before

    def _count(self) -> int:
        try:
            if self._connection is None:  # of its own: a connection does not count what it commits
                address = str(self._engine.url.database)
                self._connection = sqlite3.connect(address, timeout=0, check_same_thread=False)
            return int(self._connection.execute("PRAGMA data_version").fetchone()[0])
        except sqlite3.Error:
            self.close()
            return -1

    def close(self) -> None:
        """Give back the connection; the next question opens another."""
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None
