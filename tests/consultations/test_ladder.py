"""The ladder with a clock of our own, over restarts."""

import threading
import time
from datetime import timedelta

import pytest
from clinic import BOTH

from bot.clock import now
from bot.consultations import audit, ladder, lifecycle
from bot.conversation import messages
from bot.errors import SettingsError
from bot.office import Office
from bot.settings import ROOT
from bot.store import Database
from bot.store.tables import AuditEntry, Notice, RequestEntry

pytestmark = BOTH
FILE = ROOT / "data" / "console" / "ladder.yml"
SILENT = "silent_owner_minutes: {emergency: 1, urgent: 1, routine: 1}"
STEPS = ladder.Ladder.load(FILE)


def days(*moments):
    return " ".join(f"{moment:%Y-%m-%d}" for moment in moments)


def climb(clinic, minutes):
    look = ladder.Look(STEPS, now() + timedelta(minutes=minutes))
    alerts = ladder.climb(clinic.database, look)
    return [(alert.step, alert.to) for alert in alerts]


def test_each_step_is_taken_once_and_in_time(clinic):
    clinic.request(level="emergency")
    assert climb(clinic, 0) == [(0, "nurses")]
    assert climb(clinic, 1) == []
    assert climb(clinic, 4.9) == []
    assert climb(clinic, 5.1) == [(1, "nurses")]
    assert climb(clinic, 10.1) == [(2, "leads")]
    assert climb(clinic, 19.9) == []
    assert climb(clinic, 20.1) == [(3, "on_call")]
    assert climb(clinic, 500) == []


def test_what_fell_due_during_a_stop_is_alerted_at_the_first_look(clinic):
    clinic.request(level="emergency")
    climb(clinic, 0)
    clinic.database.close()
    clinic.database = Database(clinic.settings.database)
    assert climb(clinic, 30) == [(1, "nurses"), (2, "leads"), (3, "on_call")]
    assert climb(clinic, 31) == []


def test_a_request_that_begins_while_the_clinic_is_closed_reaches_who_is_on_call_at_once(clinic):
    clinic.request(level="emergency")
    closed = Office.parse("mon-sun 00:00-24:00", "UTC", days(now(), now() + timedelta(days=1)))
    alerts = ladder.climb(clinic.database, ladder.Look(STEPS, now(), closed))
    assert [(alert.step, alert.to) for alert in alerts] == [(0, "nurses"), (1, "on_call")]


def test_an_acknowledgement_ends_the_alerts(clinic, vera, act):
    request_id = clinic.request(level="emergency")
    climb(clinic, 0)
    act(lifecycle.acknowledge, vera, request_id)
    assert climb(clinic, 60) == []


def test_a_raised_request_climbs_anew_although_it_has_an_owner(clinic, vera, act):
    request_id = clinic.request()
    climb(clinic, 0)
    act(lifecycle.claim, vera, request_id, clinic.texts)
    clinic.patient_writes(
        clinic.case(request_id)[1].id,
        "can't breathe",
        ("can't breathe", "chest_breath", "emergency"),
    )
    assert climb(clinic, 0.1) == [(0, "nurses")]


def test_a_released_request_climbs_anew(clinic, vera, act):
    request_id = clinic.request(level="emergency")
    climb(clinic, 0)
    act(lifecycle.claim, vera, request_id, clinic.texts)
    act(lifecycle.release, vera, request_id, clinic.texts)
    assert climb(clinic, 0.1) == [(0, "nurses")]


def test_a_patient_who_writes_while_the_ladder_is_climbed_and_the_ladder_wait_for_nobody(clinic):
    clinic.request(level="emergency")
    second = clinic.case(clinic.request(level="emergency"))[1].id
    has_it, outcome = threading.Event(), []

    def write():
        with clinic.database.write() as session:
            conversation = messages.lock(session, second)
            has_it.set()
            time.sleep(0.5)  # the ladder has come to this conversation
            messages.add(session, conversation, "patient", "still there?", client_id="late")
        outcome.append("stored")

    patient = threading.Thread(target=write, daemon=True)
    patient.start()
    assert has_it.wait(5)
    assert climb(clinic, 0) == [(0, "nurses")] * 2
    patient.join(5)
    assert outcome == ["stored"]


def test_routine_requests_alert_nobody(clinic):
    clinic.routine()
    assert climb(clinic, 5_000) == []


def test_alerts_are_in_the_history_the_audit_log_and_on_the_consoles(clinic):
    request_id = clinic.request(level="emergency")
    climb(clinic, 30)
    with clinic.database.read() as session:
        entries = session.query(RequestEntry).filter_by(request_id=request_id, action="alerted")
        assert [entry.data["alerted"] for entry in entries] == [
            "nurses",
            "nurses",
            "leads",
            "on_call",
        ]
        assert session.query(Notice).filter_by(type="request_alerted").count() == 4
        assert session.query(AuditEntry).filter_by(action="request.alert").count() == 4
        assert audit.verify(session).sound


def test_a_silent_owner_loses_the_request_and_an_active_one_keeps_it(clinic, vera, act):
    silent, active = clinic.request(level="emergency"), clinic.request(level="emergency")
    for request_id in (silent, active):
        act(lifecycle.claim, vera, request_id, clinic.texts)
    act(lifecycle.reply, vera, active, "Hello", clinic.texts, send_id="1")
    assert ladder.return_silent(clinic.database, STEPS, now(), clinic.texts) == []
    later = now() + timedelta(minutes=11)
    assert ladder.return_silent(clinic.database, STEPS, later, clinic.texts) == [silent]
    request, conversation = clinic.case(silent)
    assert (request.status, request.claimed_by, conversation.held_by) == ("new", None, None)
    assert clinic.case(active)[0].claimed_by == vera.nurse.id
    with clinic.database.read() as session:
        row = session.query(AuditEntry).filter_by(action="request.return").one()
    assert row.actor == "system"


def test_what_was_acknowledged_and_left_alone_alerts_anew(clinic, vera, act):
    request_id = clinic.request(level="emergency")
    climb(clinic, 0)
    act(lifecycle.acknowledge, vera, request_id)
    before, after = now() + timedelta(minutes=9), now() + timedelta(minutes=11)
    assert ladder.return_silent(clinic.database, STEPS, before, clinic.texts) == []
    assert ladder.return_silent(clinic.database, STEPS, after, clinic.texts) == [request_id]
    assert ladder.return_silent(clinic.database, STEPS, after, clinic.texts) == []
    request, _ = clinic.case(request_id)
    assert (request.status, request.acknowledged_at) == ("new", None)
    assert climb(clinic, 0.1) == [(0, "nurses")]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "steps: {}",
        "steps: [",
        "steps: {}\nsilent_owner_minutes: {emergency: 1}",
        f"steps: {{emergency: [{{after_minutes: 1, to: aliens}}]}}\n{SILENT}",
        "steps: {urgent: [{after_minutes: 9, to: leads}, {after_minutes: 1, to: leads}]}\n"
        + SILENT,
    ],
)
def test_a_ladder_that_cannot_be_used_is_named(clinic, tmp_path, content):
    path = tmp_path / "ladder.yml"
    path.write_text(content)
    with pytest.raises(SettingsError, match=r"ladder\.yml"):
        ladder.Ladder.load(path)
