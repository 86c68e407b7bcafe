from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.channels.widget import moving
from bot.clock import now
from bot.store.tables import ConsultationRequest, Conversation, Event, Message, Notice, Turn

ID = "11111111-2222-3333-4444-555555555555"


def rows(client, table, conversation_id):
    with client.app.state.database.read() as session:
        return session.execute(
            sa.select(sa.func.count()).where(table.conversation_id == conversation_id)
        ).scalar()


def test_a_deleted_conversation_leaves_nothing(patient, client):
    patient.say("What is recovery like?")
    answer = patient.delete("/conversations/current")
    assert answer.json() == {"deleted": True, "reference": None}
    assert patient.stored() is None
    assert [rows(client, table, patient.id) for table in (Message, Event, Turn)] == [0, 0, 0]
    assert patient.get("/events").status_code == 401


def test_a_conversation_with_a_request_is_closed_but_stays_with_the_nurses(patient, client):
    patient.post("/messages", json={"id": ID, "reply": "nurse"})
    answer = patient.delete("/conversations/current").json()
    assert answer["deleted"] is False
    with client.app.state.database.read() as session:
        request = session.query(ConsultationRequest).filter_by(conversation_id=patient.id).one()
        notices = [n.type for n in session.query(Notice).filter_by(request_id=request.id)]
    assert request.status == "new"
    assert request.reference == answer["reference"]
    assert "patient_left" in notices
    assert patient.get("/events").status_code == 401
    assert rows(client, Message, patient.id) > 0


def test_the_file_has_every_message_with_speaker_and_source(patient):
    patient.say("How do I prepare for the operation?", ID)
    patient.hears(
        "assistant", "As the guide says.", source={"section": "Preparation", "version": "2026"}
    )
    answer = patient.get("/conversations/current/transcript")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    text = answer.text
    assert text.index("You\nHow do I prepare") < text.index("Assistant\nAs the guide says.")
    assert "(From the guide: Preparation, 2026)" in text


def test_a_code_moves_the_conversation_once(patient, client):
    patient.hears("assistant", "kept")
    code = patient.post("/conversations/current/code").json()["code"]
    moved = client.post("/api/v1/conversations/resume", json={"code": f" {code.lower()} "})
    assert moved.status_code == 200
    assert moved.json()["id"] == patient.id
    assert patient.get("/events").status_code == 401
    headers = {"Authorization": f"Bearer {moved.json()['token']}"}
    assert client.get("/api/v1/events", headers=headers).json()["events"][0]["text"] == "kept"
    again = client.post("/api/v1/conversations/resume", json={"code": code})
    assert (again.status_code, again.json()["error"]["code"]) == (404, "unknown_code")


@pytest.mark.parametrize("code", ["", "----", "AAAA-AAAA-AAAA", "ZZZZ-ZZZZ-ZZZZ", "x" * 1000, "😀"])
def test_a_wrong_code_opens_nothing(client, code):
    answer = client.post("/api/v1/conversations/resume", json={"code": code})
    assert answer.status_code == 404


def test_a_code_of_another_conversation_does_not_fit(patient, other, client):
    mine = patient.post("/conversations/current/code").json()["code"].replace("-", "")
    theirs = other.post("/conversations/current/code").json()["code"].replace("-", "")
    mixed = client.post("/api/v1/conversations/resume", json={"code": mine[:6] + theirs[6:]})
    assert mixed.status_code == 404


@pytest.mark.parametrize(("minutes", "works"), [(0, True), (9, True), (16, False), (-6, False)])
def test_a_code_is_good_for_minutes(patient, client, minutes, works):
    with client.app.state.database.read() as session:
        code = moving.make(session.get(Conversation, patient.id))
    with client.app.state.database.write() as session:
        try:
            moving.move(session, code.code, now() + timedelta(minutes=minutes))
            moved = True
        except moving.NotFound:
            moved = False
        session.rollback()
    assert moved is works
