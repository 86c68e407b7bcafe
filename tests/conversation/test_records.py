"""Export shows everything about one conversation; erasing leaves nothing of it."""

import json

import pytest
import sqlalchemy as sa
from talk import EMERGENCY, QUESTION, URGENT

from bot.clock import now
from bot.consultations import search
from bot.conversation import messages, records
from bot.errors import NotFound
from bot.store.tables import AlertDelivery, Nurse, RequestEntry, Viewer, metadata

MARK = "quetzal"
WITHOUT_PATIENT = {
    "forgettings",  # random ids, until the dialogue has forgotten them too
    "nurses",
    "nurse_sessions",
    "sequences",
    "alembic_version",
    "audit",  # names conversations by their random id, kept on purpose
    "notices",  # types and priorities, no words of anybody
    "telegram_updates",
    "telegram_attempts",  # numbers of Telegram's own
    "pulses",  # which part lives, how much waits
    "gaps",  # questions without who asked them
    "sign_in_failures",  # addresses of staff, for minutes
}


@pytest.fixture
def full(start, database):
    """A conversation with a row in every table that can hold one."""
    talk = start(channel="telegram")
    talk.says(f"{URGENT} {MARK}")
    talk.says(EMERGENCY)
    talk.change(patient_name=MARK, patient_phone="0123456789")
    with database.write() as session:
        nurse = Nurse(name="n", display_name="N", password_hash="-", created_at=now())
        session.add(nurse)
        session.flush()
        request_id = talk.requests[0].id
        session.add(
            RequestEntry(
                request_id=request_id, at=now(), nurse_id=nurse.id, action="note", note=MARK
            )
        )
        session.add(
            AlertDelivery(
                request_id=request_id,
                channel="email",
                audience="nurses",
                step=0,
                state="queued",
                next_at=now(),
            )
        )
        session.add(Viewer(request_id=request_id, nurse_id=nurse.id, seen_at=now()))
        conversation = messages.lock(session, talk.id)
        messages.add(session, conversation, "nurse", f"I call you, {MARK}", nurse_id=nurse.id)
    search.index(database)
    return talk


def leads_to_a_conversation(table, seen=frozenset()):
    return table.name == "conversations" or any(
        leads_to_a_conversation(key.column.table, seen | {table.name})
        for key in table.foreign_keys
        if key.column.table.name not in seen | {table.name, "nurses"}
    )


def test_every_table_either_leads_to_a_conversation_or_is_known_to_hold_no_patient(full):
    with full.database.read() as session:
        exported = records.everything(session, full.id)
    leading = {name for name, table in metadata.tables.items() if leads_to_a_conversation(table)}
    assert set(exported) == leading
    assert set(metadata.tables) - leading <= WITHOUT_PATIENT


def test_the_export_has_a_row_of_every_table_and_no_secret(full):
    with full.database.read() as session:
        exported = records.everything(session, full.id)
    assert all(exported.values()), [name for name, rows in exported.items() if not rows]
    text = json.dumps(exported)
    assert text.count(MARK) == 5
    assert "token_hash" not in text
    assert full.token not in text


def test_the_export_holds_nothing_of_others(full, start):
    other = start(channel="telegram")
    other.says(f"{EMERGENCY} axolotl")
    with full.database.read() as session:
        assert "axolotl" not in json.dumps(records.everything(session, full.id))


def everything_stored(database):
    tables = metadata.sorted_tables
    with database.read() as session:
        return {
            table.name: [str(dict(row._mapping)) for row in session.execute(sa.select(table))]
            for table in tables
        }


def test_erasing_leaves_nothing_of_it_and_everything_of_others(full, start):
    other = start(channel="telegram")
    other.says(EMERGENCY)
    with full.database.read() as session:
        kept = records.everything(session, other.id)
    with full.database.write() as session:
        counts = records.erase(session, full.id)
    assert all(counts.values())
    stored = everything_stored(full.database)
    assert len(stored.pop("forgettings")) == 1  # the dialogue's memory is still to be swept
    left = json.dumps(stored)
    assert full.id not in left
    assert MARK not in left
    with full.database.read() as session:
        assert records.everything(session, other.id) == kept


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_erased_words_are_not_in_the_files_either(full):
    path = full.database.engine.url.database
    with full.database.write() as session:
        records.erase(session, full.id)
    full.database.settle()
    for name in (path, f"{path}-wal"):
        with open(name, "rb") as file:  # noqa: PTH123
            assert MARK.encode() not in file.read()


def test_the_patient_who_writes_on_finds_nothing(full):
    with full.database.write() as session:
        records.erase(session, full.id)
    with pytest.raises(NotFound):
        full.says(QUESTION)


@pytest.mark.parametrize("step", [records.everything, records.erase])
def test_a_conversation_that_is_not_there(database, step):
    with pytest.raises(NotFound), database.write() as session:
        step(session, "0" * 32)
