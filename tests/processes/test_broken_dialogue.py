"""The dialogue dead, hanging, killed, untrained or with broken actions: what patients see."""

import time

import pytest
import sqlalchemy as sa
from house import DEADLINE_S, House

from bot.evaluation.patient import Patient
from bot.store.tables import Turn

pytestmark = [pytest.mark.processes, pytest.mark.model]
QUESTION = "Do I have to fast before the operation?"
URGENT = "Since this morning clear fluid is coming out of the wound"
PATIENCE_S = 120.0
AT_ONCE_S = 3.0


def texts(events):
    return [event["text"] for event in events]


def is_apology(event):
    text = event["text"]
    return text.startswith("I can't answer right now") and "01 23 45 67 89" in text


def is_answer(event):
    return bool(event["source"]) and event["source"]["section"] == "preparation"


def follows(patient, message_id, wanted, within_s=PATIENCE_S):
    """Wait until something `wanted` is said in reply; returns it with everything said before."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        patient.look()
        said = [
            event
            for event in patient.events
            if event["type"] == "message" and event["in_reply_to"] == message_id
        ]
        if any(map(wanted, said)):
            return said
        time.sleep(0.05)
    raise AssertionError(f"it was not said within {within_s:.0f} s")


def red_flag_is_answered_at_once(house, patient):
    began = time.monotonic()
    sent = patient.send(URGENT)
    alarms = follows(patient, sent, lambda event: event["alert"] == "urgent", DEADLINE_S - 1)
    assert time.monotonic() - began < AT_ONCE_S
    (request,) = [one for one in house.requests() if one["conversation"] == patient.id]
    assert (request["priority"], request["messages"]) == ("urgent", [sent])
    assert len(alarms) == 1


def is_running(house, patient):
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        with house.database.read() as session:
            state = session.execute(
                sa.select(Turn.state).where(Turn.conversation_id == patient.id)
            ).scalar()
        if state == "running":
            return
        time.sleep(0.02)
    raise AssertionError("nobody took the turn")


def test_a_question_is_answered_from_the_guide(patient):
    said = patient.ask(QUESTION)
    assert [is_answer(event) for event in said] == [True]


def test_while_the_dialogue_is_dead_messages_are_stored_and_answered_when_it_is_back(
    house, patient
):
    house.kill("dialogue")
    red_flag_is_answered_at_once(house, patient)
    asked = patient.send(QUESTION)
    follows(patient, asked, is_apology)
    house.start("dialogue")
    said = follows(patient, asked, is_answer)
    assert [is_apology(event) for event in said] == [True, False]


def test_a_dialogue_that_hangs_is_not_waited_for(house, patient):
    house.pause("dialogue")
    red_flag_is_answered_at_once(house, patient)
    asked = patient.send(QUESTION)
    follows(patient, asked, is_apology, DEADLINE_S + PATIENCE_S / 2)
    house.resume("dialogue")
    said = follows(patient, asked, is_answer)
    assert len(said) == 2


def test_a_dialogue_killed_in_the_middle_of_a_turn_loses_nothing(house, patient):
    house.pause("dialogue")
    asked = patient.send(QUESTION)
    is_running(house, patient)
    house.kill("dialogue")
    house.start("dialogue")
    said = follows(patient, asked, is_answer)
    assert sum(map(is_answer, said)) == 1


def test_a_worker_killed_in_the_middle_of_a_turn_loses_nothing(house, patient):
    house.pause("dialogue")
    asked = patient.send(QUESTION)
    is_running(house, patient)
    house.kill("worker")
    house.resume("dialogue")
    red_flag_is_answered_at_once(house, patient)
    house.start("worker")
    said = follows(patient, asked, is_answer)
    assert sum(map(is_answer, said)) == 1


def test_an_installation_that_was_never_trained_is_honest_and_safe(tmp_path):
    house = House(tmp_path / "untrained", models=str(tmp_path / "nothing"))
    try:
        house.start()
        house.wait(dialogue=False)
        patient = Patient(house.url)
        red_flag_is_answered_at_once(house, patient)
        follows(patient, patient.send(QUESTION), is_apology)
        assert "there is no model: run `python -m bot train`" in house.log("dialogue")
        patient.close()
    finally:
        house.stop()
        house.database.close()


@pytest.mark.parametrize("how", ["fails", "hangs"])
def test_an_action_that_is_broken_is_owned_up_to_and_only_its_answer_is_missing(house, how):
    with house.other_dialogue(how):
        patient = Patient(house.url)
        red_flag_is_answered_at_once(house, patient)
        asked = patient.send(QUESTION)
        (apology,) = patient.answers(asked, PATIENCE_S)
        assert is_apology(apology)
        assert texts(patient.ask("Thank you!")) != []
        nurse = patient.ask(reply="nurse")
        assert "added" in nurse[0]["text"] or "stored" in nurse[0]["text"]
        patient.close()
