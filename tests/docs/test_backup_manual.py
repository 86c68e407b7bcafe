"""Backup and restore as docs/operations.md describes them, with the same programs."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot import commands
from bot.consultations import audit, opening
from bot.conversation import conversations, messages, records
from bot.store import Database
from bot.store.tables import Conversation

MANUAL = (Path(__file__).resolve().parents[2] / "docs/operations.md").read_text("utf-8")
COPY_NAME = "assistant-2026-11-22-0300.db"


def fill(database):
    """A conversation with an urgent request, and an audit row; gives the conversation's id."""
    with database.write() as session:
        started = conversations.start(session, channel="widget", locale="en")
        conversation = session.get(Conversation, started.id)
        message = messages.add(session, conversation, "patient", "the wound is wet", client_id="1")
        opening.file(session, conversation, message, priority="urgent", signs=["wound_fluid"])
        audit.record(session, "system", "test", "nothing")
    return started.id


def contents(database, conversation_id):
    with database.read() as session:
        return records.everything(session, conversation_id), audit.verify(session)


def restore_commands():
    """The lines of the manual between `rm` and the start."""
    block = re.search(r"## Restore\n.*?```\n(.*?)```", MANUAL, re.DOTALL)
    assert block
    return [line for line in block[1].splitlines() if line.startswith(("rm ", "install "))]


def test_sqlite_backup_while_in_use_and_restore_by_the_manual(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("VAR", str(tmp_path / "var"))
    database = Database(f"sqlite:///{tmp_path / 'var' / 'assistant.db'}")
    database.migrate()
    conversation_id = fill(database)
    before = contents(database, conversation_id)

    copy = tmp_path / "backup" / COPY_NAME
    copy.parent.mkdir()
    assert commands.main(["backup", str(copy)]) == 0
    assert commands.main(["backup", str(copy)]) == 1, "never over an older copy"
    fill(database)  # what comes after the backup is gone afterwards
    database.close()

    for line in restore_commands():
        command = line.replace("/backup/", f"{copy.parent}/").split()
        subprocess.run(command, cwd=tmp_path, check=True, timeout=30)
    restored = Database(f"sqlite:///{tmp_path / 'var' / 'assistant.db'}")
    restored.migrate()
    assert contents(restored, conversation_id) == before
    with restored.read() as session:
        assert session.execute(sa.select(sa.func.count()).select_from(Conversation)).scalar() == 1
    restored.close()
    assert commands.main(["audit", "verify"]) == 0
    assert "chain sound" in capsys.readouterr().out


@pytest.mark.postgresql
def test_postgresql_dump_and_restore(postgresql, tmp_path):
    for program in ("pg_dump", "pg_restore", "createdb", "dropdb"):
        assert program in MANUAL
        assert shutil.which(program), f"{program} comes with PostgreSQL"
    source = postgresql.empty_database()
    database = Database(source)
    conversation_id = fill(database)
    before = contents(database, conversation_id)
    database.close()

    url = sa.engine.make_url(source)
    server = ["-h", url.host, "-p", str(url.port), "-U", url.username]
    dump = tmp_path / "assistant.dump"
    run(["pg_dump", "--format=custom", f"--file={dump}", source])
    run(["createdb", *server, "restored"])
    try:
        run(["pg_restore", "--no-owner", *server, "--dbname=restored", str(dump)])
        restored = Database(str(url.set(database="restored")))
        restored.migrate()
        assert contents(restored, conversation_id) == before
        restored.close()
    finally:
        run(["dropdb", *server, "restored"])


def run(command):
    subprocess.run(command, check=True, capture_output=True, timeout=60)
