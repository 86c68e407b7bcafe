"""A private PostgreSQL server for the length of a test run; the machine's own is not touched."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg2

from bot.store import Database
from bot.store.tables import metadata

OWNER = "postgres"
NAME = "assistant"
CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'assistant'"
KEPT = {"sequences"}
"""Rows the first migration makes."""
START_WITHIN_S = 60.0
PR_SET_PDEATHSIG = 1
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=60")


def binaries() -> Path | None:
    """Where the newest installed server is, None when there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version)
    return found[-1].parent if found else None


def _version(initdb: Path) -> int:
    return int(initdb.parts[-3])


class Cluster:
    """One server on a free port of loopback, with one database for all tests in turn."""

    _tables = ", ".join(sorted(set(metadata.tables) - KEPT))

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self._directory = Path(tempfile.mkdtemp(prefix="assistant-postgresql-"))
        self._port = _free_port()
        if os.geteuid() == 0:  # the server refuses to run as root
            shutil.chown(self._directory, OWNER, OWNER)
        self._initdb()
        self._server = self._start()
        self._wait()
        self._make_tables()

    def empty_database(self) -> str:
        """The address of a database with all tables and no rows; whoever is still in it is cut."""
        self._execute("postgres", CUT)
        self._execute(NAME, f"TRUNCATE {self._tables} RESTART IDENTITY CASCADE")
        self._execute(NAME, "UPDATE sequences SET value = 0")
        return self._url(NAME)

    def stop(self) -> None:
        """End it and remove everything."""
        self._server.send_signal(signal.SIGQUIT)  # at once: nothing of it is kept
        self._server.wait(START_WITHIN_S)
        shutil.rmtree(self._directory, ignore_errors=True)

    def _initdb(self) -> None:
        command = [
            self._programs / "initdb",
            "--pgdata",
            self._directory / "data",
            "--username",
            OWNER,
            "--auth",
            "trust",
            "--encoding",
            "UTF8",
            "--locale",
            "C",
            "--no-sync",
        ]
        subprocess.run(
            command, check=True, capture_output=True, timeout=START_WITHIN_S, **self._as_owner()
        )

    def _start(self) -> subprocess.Popen[bytes]:
        settings = [word for setting in FAST for word in ("-c", setting)]
        return subprocess.Popen(
            [
                self._programs / "postgres",
                "-D",
                self._directory / "data",
                "-p",
                str(self._port),
                "-k",
                self._directory,
                "-c",
                "listen_addresses=127.0.0.1",
                *settings,
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=_end_with_the_tests,  # noqa: PLW1509  one system call
            **self._as_owner(),
        )

    def _as_owner(self) -> dict[str, object]:
        root = os.geteuid() == 0
        owner = {"user": OWNER, "group": OWNER, "extra_groups": []} if root else {}
        return {**owner, "cwd": self._directory}

    def _wait(self) -> None:
        until = time.monotonic() + START_WITHIN_S
        while True:
            try:
                self._execute("postgres", "SELECT 1")
            except psycopg2.OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)
            else:
                return

    def _make_tables(self) -> None:
        self._execute("postgres", f"CREATE DATABASE {NAME}")
        record = Database(self._url(NAME))
        record.migrate()
        record.close()

    def _execute(self, database: str, statement: str) -> None:
        connection = psycopg2.connect(self._url(database), connect_timeout=5)
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
        connection.close()

    def _url(self, name: str) -> str:
        return f"postgresql://{OWNER}@127.0.0.1:{self._port}/{name}"


def _end_with_the_tests() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
