import json
import uuid

import pytest

from bot.store.tables import Message

ID = "11111111-2222-3333-4444-555555555555"


def error(answer):
    body = answer.json()["error"]
    assert body.keys() == {"code", "message"}
    return answer.status_code, body["code"]


def test_a_conversation_gets_a_random_id_and_a_token_stored_as_a_hash(patient, other):
    assert len(patient.id) == 32
    assert len(patient.token) >= 43
    assert patient.token != other.token
    row = patient.stored()
    assert row.notice_version == "n1"
    assert patient.token not in (row.id, row.token_hash)


@pytest.mark.parametrize(("sent", "kept"), [("es", "es"), ("fr-CA", "fr"), ("EN_gb", "en")])
def test_regional_languages_count_as_the_language(start, sent, kept):
    assert start(locale=sent).stored().locale == kept


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "missing_field"),
        ({"notice": None}, "missing_field"),
        ({"notice": 7}, "wrong_type"),
        ({"notice": ""}, "invalid_notice"),
        ({"notice": "x" * 33}, "invalid_notice"),
        ({"notice": "n1", "locale": "de"}, "unknown_locale"),
        ({"notice": "n1", "locale": 1}, "wrong_type"),
    ],
)
def test_a_conversation_that_cannot_be_started_says_why(client, body, code):
    assert error(client.post("/api/v1/conversations", json=body)) == (400, code)


def test_a_message_is_acknowledged_with_its_number_after_it_is_stored(patient, client):
    answer = patient.say("What happens during the operation?", ID)
    assert answer.status_code == 202
    assert answer.json() == {"id": ID, "seq": 1}
    with client.app.state.database.read() as session:
        row = session.query(Message).filter_by(conversation_id=patient.id).one()
    assert (row.client_id, row.text, row.seq) == (ID, "What happens during the operation?", 1)


def test_the_same_id_again_is_the_same_message(patient):
    first = patient.say("What are the risks?", ID)
    again = patient.say("What are the risks?", ID.upper())
    assert (again.status_code, again.json()) == (202, first.json())
    assert [e["id"] for e in patient.events() if e.get("speaker") == "patient"] == [ID]


def test_the_same_id_of_another_patient_is_another_message(patient, other):
    assert patient.say("Hello", ID).status_code == 202
    assert other.say("Hello", ID).status_code == 202
    assert len([e for e in other.events() if e.get("speaker") == "patient"]) == 1


BODIES = [
    (b"{", 400, "invalid_json"),
    (b"[]", 400, "invalid_json"),
    (b'"text"', 400, "invalid_json"),
    (b"\xff\xfe\x00", 400, "invalid_utf8"),
    (b'{"id": "\xc3\x28"}', 400, "invalid_utf8"),
    (b"[" * 200_000, 400, "invalid_json"),
    (b"", 400, "invalid_json"),
    (json.dumps({"text": "x"}).encode(), 400, "missing_field"),
    (json.dumps({"id": ID}).encode(), 400, "missing_field"),
    (json.dumps({"id": ID, "text": "x", "reply": "1.0"}).encode(), 400, "missing_field"),
    (json.dumps({"id": 7, "text": "x"}).encode(), 400, "wrong_type"),
    (json.dumps({"id": ID, "text": 7}).encode(), 400, "wrong_type"),
    (json.dumps({"id": ID, "text": ["x"]}).encode(), 400, "wrong_type"),
    (json.dumps({"id": ID, "reply": {}}).encode(), 400, "wrong_type"),
    (json.dumps({"id": "7", "text": "x"}).encode(), 400, "invalid_id"),
    (json.dumps({"id": ID, "text": ""}).encode(), 400, "empty_message"),
    (json.dumps({"id": ID, "text": " \n\t"}).encode(), 400, "empty_message"),
    (json.dumps({"id": ID, "reply": "99.0"}).encode(), 400, "unknown_reply"),
    (json.dumps({"id": ID, "reply": "x" * 500}).encode(), 400, "unknown_reply"),
    (json.dumps({"id": ID, "text": "x" * 100_001}).encode(), 413, "too_large"),
    (json.dumps({"id": ID, "text": "x" * 1_000_000}).encode(), 413, "too_large"),
]


@pytest.mark.parametrize(("body", "status", "code"), BODIES, ids=range(len(BODIES)))
def test_a_message_that_cannot_be_taken_is_refused_clearly_and_leaves_nothing(
    patient, body, status, code
):
    headers = {"Content-Type": "application/json"}
    answer = patient.http.post(
        "/api/v1/messages", content=body, headers={**patient.headers, **headers}
    )
    assert error(answer) == (status, code)
    assert patient.events() == []


def test_a_body_that_is_not_declared_as_json_is_refused(patient):
    answer = patient.post("/messages", data={"id": ID, "text": "x"})
    assert error(answer) == (415, "unsupported_media_type")


STRANGE = [
    "\x00 nul",
    "\ud800 lone",
    "🤒" * 300,
    "\u202e right to left",
    "/restart",
    "/intent{}",
    "<img src=x onerror=alert(1)>",
    "{{7*7}}",
    "%s %n",
]


@pytest.mark.parametrize("text", STRANGE, ids=range(len(STRANGE)))
def test_strange_text_is_stored_as_text(patient, text):
    body = json.dumps({"id": str(uuid.uuid4()), "text": text}).encode()
    headers = {**patient.headers, "Content-Type": "application/json"}
    answer = patient.http.post("/api/v1/messages", content=body, headers=headers)
    assert answer.status_code == 202
    shown = patient.events()[0]["text"]
    assert shown == text.replace("\x00", "␀").replace("\ud800", "?")


CALLS = [
    ("POST", "/messages"),
    ("GET", "/events"),
    ("GET", "/events/stream"),
    ("DELETE", "/conversations/current"),
    ("GET", "/conversations/current/transcript"),
    ("POST", "/conversations/current/code"),
]


@pytest.mark.parametrize(("method", "path"), CALLS)
@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Bearer nonsense", "Basic eDp5"])
def test_without_the_token_nothing_is_told(client, method, path, header):
    headers = {} if header is None else {"Authorization": header}
    answer = client.request(method, f"/api/v1{path}", headers=headers, json={"id": ID})
    assert error(answer) == (401, "not_signed_in")


def test_a_token_in_the_address_counts_for_nothing(patient, client):
    assert client.get(f"/api/v1/events?token={patient.token}").status_code == 401
    assert client.get(f"/api/v1/events?access_token={patient.token}").status_code == 401


def test_nobody_reads_the_conversation_of_another(patient, other):
    patient.hears("assistant", "for the first patient only")
    assert other.events() == []


def test_events_come_in_order_after_a_number_and_in_pages(patient):
    for number in range(502):
        patient.hears("assistant", f"answer {number}")
    first = patient.get("/events?after=0").json()
    assert (len(first["events"]), first["last"]) == (500, 500)
    rest = patient.get("/events?after=500").json()
    assert [e["text"] for e in rest["events"]] == ["answer 500", "answer 501"]
    assert rest["last"] == 502
    assert patient.get("/events?after=502").json() == {"events": [], "last": 502}


def test_an_event_has_the_fields_of_the_contract(patient):
    patient.hears(
        "assistant",
        "From the guide.",
        alert="urgent",
        in_reply_to=ID,
        quick_replies=[{"title": "More", "payload": {"secret": 1}}],
        source={"guide": "g", "section": "s", "passages": ["p"], "version": "v"},
    )
    (event,) = patient.events()
    assert event.pop("at").endswith("+00:00")
    assert event == {
        "seq": 1,
        "type": "message",
        "id": None,
        "speaker": "assistant",
        "text": "From the guide.",
        "alert": "urgent",
        "in_reply_to": ID,
        "nurse": None,
        "quick_replies": [{"key": "1.0", "title": "More"}],
        "source": {"guide": "g", "section": "s", "passages": ["p"], "version": "v"},
    }


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "9" * 400, "٣"])
def test_a_number_that_is_none_is_refused(patient, after):
    assert error(patient.get(f"/events?after={after}")) == (400, "invalid_seq")


def test_a_tapped_button_sends_its_key_and_shows_its_title(patient):
    patient.hears("assistant", "Shall I?", quick_replies=[{"title": "Yes", "payload": {"a": 1}}])
    answer = patient.post("/messages", json={"id": ID, "reply": "1.0"})
    assert answer.status_code == 202
    assert patient.events(after=1)[0]["text"] == "Yes"


def test_a_nurse_can_be_asked_for_at_any_time(patient):
    answer = patient.post("/messages", json={"id": ID, "reply": "nurse"})
    assert answer.status_code == 202
    speakers = [e["speaker"] for e in patient.events() if e["type"] == "message"]
    assert speakers == ["patient", "assistant"]


def test_unknown_addresses_and_methods_are_json_errors(client):
    assert error(client.get("/api/v1/nothing")) == (404, "not_found")
    assert error(client.get("/api/v1/messages")) == (405, "method_not_allowed")


def test_answers_with_patient_data_are_not_cached(patient):
    for answer in (
        patient.say("Hello"),
        patient.get("/events"),
        patient.get("/conversations/current/transcript"),
        patient.post("/conversations/current/code"),
    ):
        assert answer.headers["cache-control"] == "no-store"
