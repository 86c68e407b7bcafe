"""Whatever is sent: a clear answer, never a failure of ours, nothing lost, nothing half done."""

import json
import socket
import sqlite3
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from house import CONTACTS

from bot.evaluation.patient import Patient
from bot.settings import Settings
from bot.wording import Wording

pytestmark = [pytest.mark.processes, pytest.mark.model]
QUESTION = "Do I have to fast before the operation?"
URGENT = "Since this morning clear fluid is coming out of the wound"
EMERGENCY = "Both my legs are numb and I cannot pee"
PATIENCE_S = 120.0


def body(**fields):
    return {"id": str(uuid.uuid4()), **fields}


def stored(patient):
    patient.look()
    return [event["text"] for event in patient.events if event.get("speaker") == "patient"]


def mine(house, patient):
    return [one for one in house.requests() if one["conversation"] == patient.id]


def record(house, patient):
    return json.loads(house.run("export", patient.id))


def test_a_red_flag_given_as_an_answer_in_the_form_is_escalated_and_the_form_goes_on(
    house, patient
):
    said = patient.answers(patient.send(URGENT), PATIENCE_S)
    assert said[0]["alert"] == "urgent"
    assert "phone" in said[-1]["text"]
    said = patient.answers(patient.send(EMERGENCY), PATIENCE_S)
    assert said[0]["alert"] == "emergency"
    (request,) = mine(house, patient)
    assert request["priority"] == "emergency"
    assert len(request["messages"]) == 2
    assert record(house, patient)["conversations"][0]["patient_phone"] is None
    patient.answers(patient.send("+44 20 7946 0000"), PATIENCE_S)
    assert record(house, patient)["conversations"][0]["patient_phone"] == "+44 20 7946 0000"


def send_raw(house, patient, content, *, declared=None, stay_s=0.0):
    """A request over a bare connection that is cut, without reading the answer."""
    head = (
        "POST /api/v1/messages HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {patient.token}\r\nContent-Length: {declared or len(content)}\r\n"
        "\r\n"
    )
    with socket.create_connection(("127.0.0.1", house.port), timeout=20) as connection:
        connection.sendall(head.encode() + content)
        time.sleep(stay_s)


@pytest.mark.parametrize("stay_s", [0.0, 0.01, 0.05, 0.5])
def test_a_connection_cut_before_the_acknowledgement_loses_and_doubles_nothing(
    house, patient, stay_s
):
    sent = body(text=URGENT)
    send_raw(house, patient, json.dumps(sent).encode(), stay_s=stay_s)
    assert patient.post(sent).status_code == 202
    said = patient.answers(sent["id"], PATIENCE_S)
    assert [event["alert"] for event in said if event["alert"]] == ["urgent"]
    assert stored(patient) == [URGENT]
    assert len(mine(house, patient)) == 1


def test_a_message_that_arrived_is_answered_though_nobody_waited_for_it(house, patient):
    sent = body(text=URGENT)
    send_raw(house, patient, json.dumps(sent).encode(), stay_s=1.0)
    assert patient.answers(sent["id"], PATIENCE_S)[0]["alert"] == "urgent"


def test_a_connection_cut_while_sending_stores_nothing(house, patient):
    content = json.dumps(body(text=EMERGENCY)).encode()
    send_raw(house, patient, content[:-10], declared=len(content))
    time.sleep(1)
    assert stored(patient) == []
    assert mine(house, patient) == []


def test_a_tab_closed_while_the_answer_is_made_finds_it_on_return(house, patient):
    with httpx.stream(
        "GET", f"{house.url}/api/v1/events/stream", headers=patient.headers, timeout=20
    ) as stream:
        sent = patient.send(QUESTION)
        next(stream.iter_text())
    patient.close()
    patient._client = httpx.Client(base_url=house.url, timeout=20, trust_env=False)
    (answer,) = patient.answers(sent, PATIENCE_S)
    assert answer["source"]


def test_a_message_delivered_many_times_at_once_is_one_message(house, patient):
    sent = body(text=URGENT)

    def deliver(_time):
        return httpx.post(
            f"{house.url}/api/v1/messages", json=sent, headers=patient.headers, timeout=20
        )

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(deliver, range(12)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.text for answer in answers}) == 1
    patient.answers(sent["id"], PATIENCE_S)
    assert len(mine(house, patient)) == 1
    assert stored(patient) == [URGENT]
    kinds = [event["type"] for event in patient.events if event["in_reply_to"] == sent["id"]]
    assert kinds.count("turn_done") == 1
    alarms = [event for event in patient.events if event.get("alert")]
    assert len(alarms) == 1


def test_commands_of_the_dialogue_engine_are_plain_words_of_a_patient(house, patient):
    said = patient.answers(patient.send(QUESTION), PATIENCE_S)
    more = next(r["key"] for r in said[0]["quick_replies"] if r["title"] == "Tell me more")
    wording = Wording.load(Settings().data / "wording", Settings(**CONTACTS))
    commands = [
        "/restart",
        "/session_start",
        "/back",
        '/red_flag{"patient_name": "x"}',
        '/skip{"shown": null}',
        "//restart",
        "/",
    ]
    for command in commands:
        (answer,) = patient.answers(patient.send(command), PATIENCE_S)
        assert answer["text"] != wording.text("apology", "en"), command
    assert stored(patient)[1:] == commands
    (after,) = patient.answers(patient.send(reply=more), PATIENCE_S)
    assert after["text"] != wording.text("no_topic", "en"), "the conversation was forgotten"
    assert mine(house, patient) == []
    assert record(house, patient)["conversations"][0]["patient_name"] is None


REFUSED = {
    "empty": ({"text": ""}, 400, "empty_message"),
    "blank": ({"text": " \n\t "}, 400, "empty_message"),
    "too long": ({"text": "fever " * 17_000}, 413, "too_large"),
    "no text": ({}, 400, "missing_field"),
    "text and reply": ({"text": "a", "reply": "nurse"}, 400, "missing_field"),
    "a number": ({"text": 38.5}, 400, "wrong_type"),
    "unknown button": ({"reply": "1.0"}, 400, "unknown_reply"),
    "own identity": ({"id": "../../etc", "text": "a"}, 400, "invalid_id"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_taken_in_is_refused_clearly_and_stores_nothing(patient, name):
    fields, status, code = REFUSED[name]
    refused = patient.post(body(**fields))
    assert (refused.status_code, refused.json()["error"]["code"]) == (status, code)
    assert refused.json()["error"]["message"]
    assert stored(patient) == []


BROKEN = {
    "invalid UTF-8": b'{"id": "%s", "text": "fever \xff\xfe"}',
    "binary": bytes(range(256)),
    "not JSON": b"fever",
    "deep": b"[" * 100_000,
    "a list": b"[]",
    "nothing": b"",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_body_is_refused_clearly_and_stores_nothing(patient, name):
    content = BROKEN[name].replace(b"%s", str(uuid.uuid4()).encode())
    refused = patient.post(content)
    assert refused.status_code == 400
    assert refused.json()["error"]["code"] in ("invalid_utf8", "invalid_json")
    assert stored(patient) == []


def test_a_text_too_long_for_us_names_the_clinic_to_call(patient):
    refused = patient.post(body(text="a" * 100_001))
    assert "01 23 45 67 89" in refused.json()["error"]["message"]


ODD = {
    "emoji only": "🙂👍🏽🎉",
    "NUL": "\x00",
    "NUL in words": "when can I\x00drive",
    "dots": "...",
    "lone surrogate": "\ud83d when can I drive",
    "digits": "1234",
    "one letter": "a",
    "controls": "\x01\x1b[2J\x7f",
    "right to left": "\u202edrive\u202c",
    "100 kB": "drive " * 16_600,
    "markup": "<script>alert(1)</script>",
    "template": "{{7*7}} {name} %s",
    "zero width": "\u200b",
}


@pytest.mark.parametrize("name", ODD)
def test_odd_text_gets_an_answer(patient, name):
    content = json.dumps(body(text=ODD[name])).encode()
    sent = json.loads(content)["id"]
    assert patient.post(content).status_code == 202
    answers = patient.answers(sent, PATIENCE_S)
    assert answers
    assert not any(event["text"].startswith("I can't answer right now") for event in answers)
    assert len(stored(patient)) == 1


def test_a_red_flag_among_odd_characters_is_escalated(house, patient):
    content = json.dumps(body(text="🙂 I have a fever\x00 and chills \ud83d")).encode()
    assert patient.post(content).status_code == 202
    assert len(mine(house, patient)) == 1


def test_while_the_database_is_locked_nothing_is_acknowledged(house, patient):
    lock = sqlite3.connect(house.directory / "assistant.db", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    sent = body(text=EMERGENCY)
    refused = httpx.post(
        f"{house.url}/api/v1/messages", json=sent, headers=patient.headers, timeout=30
    )
    assert refused.status_code == 503
    assert refused.json()["error"]["code"] == "storage_unavailable"
    assert httpx.get(f"{house.url}/readyz", timeout=30).status_code == 503
    assert httpx.get(f"{house.url}/healthz", timeout=30).status_code == 200
    assert stored(patient) == []
    lock.execute("ROLLBACK")
    lock.close()
    assert patient.post(sent).status_code == 202
    assert patient.answers(sent["id"], PATIENCE_S)[0]["alert"] == "emergency"
    assert len(mine(house, patient)) == 1


def test_the_worker_outlives_a_locked_database(house, patient):
    pid = house.pid("worker")
    lock = sqlite3.connect(house.directory / "assistant.db", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    time.sleep(7)
    lock.execute("ROLLBACK")
    lock.close()
    assert patient.answers(patient.send(QUESTION), PATIENCE_S)
    assert house._processes["worker"].poll() is None
    assert house.pid("worker") == pid


def test_a_web_process_killed_and_started_again_knows_its_patients(house, patient):
    sent = patient.send(QUESTION)
    house.kill("web")
    house.start("web")
    house.wait()
    assert patient.answers(sent, PATIENCE_S)


def test_the_dialogue_process_refuses_whoever_has_not_the_secret(house):
    call = {"conversation": "c", "message": "m", "text": "hello", "choice": None, "metadata": {}}
    for headers in ({}, {"X-Internal-Secret": ""}, {"X-Internal-Secret": "guess"}):
        turn = httpx.post(f"{house.rasa_url}/turn", json=call, headers=headers, timeout=20)
        health = httpx.get(f"{house.rasa_url}/healthz", headers=headers, timeout=20)
        assert (turn.status_code, health.status_code) == (403, 403)
    secret = {"X-Internal-Secret": house.internal_secret}
    for address in ("/", "/webhooks/rest/webhook", "/model/parse", "/conversations/c/tracker"):
        found = httpx.post(f"{house.rasa_url}{address}", json=call, headers=secret, timeout=20)
        assert found.status_code in (404, 405)


def listening(port):
    lines = (
        Path("/proc/net/tcp").read_text().splitlines()
        + Path("/proc/net/tcp6").read_text().splitlines()
    )
    return {
        line.split()[1].partition(":")[0]
        for line in lines
        if line.split()[3] == "0A" and line.split()[1].endswith(f":{port:04X}")
    }


def test_all_ports_are_open_on_this_machine_only(house):
    loopback = {"0100007F"}
    assert listening(house.port) == loopback
    assert listening(int(house.rasa_url.rpartition(":")[2])) == loopback


def test_no_process_wrote_a_patients_words_to_its_log(house, patient):
    patient.answers(patient.send(f"{QUESTION} quetzal"), PATIENCE_S)
    for name in ("web", "worker", "dialogue"):
        assert "quetzal" not in house.log(name)


def test_nothing_of_this_was_unexpected(house):
    lines = [line for line in house.log("web").splitlines() if "web.unexpected_error" in line]
    assert [line for line in lines if "ClientDisconnect" not in line] == []


def test_patients_cannot_read_each_other(house, patient):
    other = Patient(house.url)
    patient.send(QUESTION)
    other.look()
    assert other.events == []
    other.close()
