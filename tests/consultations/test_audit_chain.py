import threading

import pytest
import sqlalchemy as sa

from bot.consultations import audit
from bot.store.tables import AuditEntry


def fill(clinic, rows=5):
    for index in range(rows):
        with clinic.database.write() as session:
            audit.record(session, "vera", "request.view", f"request:{index}", ip="::1", n=index)


def verify(clinic):
    with clinic.database.read() as session:
        return audit.verify(session)


def test_an_untouched_chain_is_sound(clinic):
    assert verify(clinic).sound
    fill(clinic)
    checked = verify(clinic)
    assert (checked.sound, checked.rows) == (True, 5)


@pytest.mark.parametrize(
    "values",
    [
        {"actor": "verb"},
        {"action": "request.vieW"},
        {"object": "request:9"},
        {"ip": "::2"},
        {"data": {"n": 3}},
        {"hash": "0" * 64},
        {"previous": "0" * 64},
    ],
)
def test_one_changed_value_is_noticed(clinic, values):
    fill(clinic)
    with clinic.database.write() as session:
        session.execute(sa.update(AuditEntry).where(AuditEntry.id == 3).values(**values))
    assert verify(clinic).broken_at == 3


def test_a_removed_row_is_noticed(clinic):
    fill(clinic)
    with clinic.database.write() as session:
        session.execute(sa.delete(AuditEntry).where(AuditEntry.id == 3))
    assert verify(clinic).broken_at == 4


def test_rows_cut_off_at_the_end_change_the_head(clinic):
    fill(clinic)
    head = verify(clinic).head
    with clinic.database.write() as session:
        session.execute(sa.delete(AuditEntry).where(AuditEntry.id == 5))
    assert verify(clinic).sound
    assert verify(clinic).head != head


def test_writers_at_the_same_time_make_one_chain(clinic):
    threads = [threading.Thread(target=fill, args=(clinic, 25), daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verify(clinic) == audit.Verified(100, verify(clinic).head)
