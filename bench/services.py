"""PostgreSQL and Redis of the bench's own, durable as in earnest; the machine's are not touched."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
import redis

from bot.errors import Unavailable
from bot.evaluation.instance import free_port

START_WITHIN_S = 60.0
OWNER = "postgres"


@contextmanager
def postgresql() -> Iterator[tuple[str, str]]:
    """The addresses of two empty databases, of the record and of Rasa; raises Unavailable."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        raise Unavailable("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    directory, port = Path(tempfile.mkdtemp(prefix="bench-postgresql-")), free_port()
    root = os.geteuid() == 0  # the server refuses to run as root
    owner: Any = {"user": OWNER, "group": OWNER, "extra_groups": []} if root else {}
    if root:
        shutil.chown(directory, OWNER, OWNER)
    data = directory / "data"
    subprocess.run(
        [found[-1], "--pgdata", data, "--username", OWNER, "--auth", "trust", "--encoding", "UTF8"],
        check=True, capture_output=True, timeout=START_WITHIN_S, cwd=directory, **owner,
    )  # fmt: skip
    server = subprocess.Popen(
        [found[-1].parent / "postgres", "-D", data, "-p", str(port), "-k", directory,
         "-c", "listen_addresses=127.0.0.1"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=directory, **owner,
    )  # fmt: skip
    try:
        yield _databases(f"postgresql://{OWNER}@127.0.0.1:{port}")
    finally:
        server.send_signal(signal.SIGQUIT)  # at once: nothing of it is kept
        server.wait(START_WITHIN_S)
        shutil.rmtree(directory, ignore_errors=True)


def _databases(server: str) -> tuple[str, str]:
    until = time.monotonic() + START_WITHIN_S
    while True:
        try:
            connection = psycopg2.connect(f"{server}/postgres", connect_timeout=5)
            break
        except psycopg2.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE record")
        cursor.execute("CREATE DATABASE dialogue")
    connection.close()
    return f"{server}/record", f"{server}/dialogue"


@contextmanager
def redis_server() -> Iterator[str]:
    """The address of an empty Redis; raises Unavailable."""
    program = shutil.which("redis-server")
    if program is None:
        raise Unavailable("Redis is not installed (Debian: apt-get install redis-server)")
    port = free_port()
    server = subprocess.Popen(
        [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _until_it_answers(port)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(START_WITHIN_S)


def _until_it_answers(port: int) -> None:
    until = time.monotonic() + START_WITHIN_S
    with redis.Redis(port=port, socket_timeout=2.0) as client:
        while True:
            try:
                client.ping()
            except redis.exceptions.ConnectionError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)
            else:
                return
