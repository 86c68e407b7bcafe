"""What the dialogue decides is carried out in the transaction that stores the answer."""

from datetime import date

import pytest
import sqlalchemy as sa
from talk import EMERGENCY, QUESTION

from bot.conversation import answers, messages
from bot.conversation.dialogue import Turned
from bot.store.tables import Conversation, Gap, Message, Notice


@pytest.fixture
def turn(talk, wording):
    """A function that carries out steps in answer to a message of the patient."""

    def carry_out(*steps, text=QUESTION):
        accepted = talk.says(text)
        with talk.database.write() as session:
            conversation = messages.lock(session, talk.id)
            message = next(one for one in talk.messages if one.client_id == accepted.client_id)
            answers.store(
                session,
                conversation,
                Turned(list(steps)),
                wording,
                message_id=message.id,
                client_id=message.client_id,
            )
        return talk.answers_to(accepted.client_id)

    return carry_out


def test_words_are_said_with_their_source_and_buttons(talk, turn):
    source = {"guide": "g", "section": "recovery", "passages": ["g.1"], "version": "1"}
    buttons = [{"title": "Tell me more", "payload": {"intent": "more"}}]
    assert turn({"text": "Rest.", "source": source, "quick_replies": buttons}) == ["Rest."]
    event = talk.events()[-1]
    assert event["source"] == source
    assert event["quick_replies"] == [{"key": f"{event['seq']}.0", "title": "Tell me more"}]
    assert "payload" not in str(event)


def test_a_request_is_called_stored_by_the_code_that_stored_it(talk, turn):
    said = turn({"effect": "request", "wording": "question_stored"})
    (request,) = talk.requests
    assert request.priority == "routine"
    assert request.reference in said[0]


def test_a_second_request_is_added_to_the_open_one(talk, turn):
    turn({"effect": "request", "wording": "question_stored"}, text=EMERGENCY)
    said = turn({"effect": "request", "wording": "question_stored"})
    (request,) = talk.requests
    assert request.priority == "emergency"
    assert said == [f"I have added this to your request (reference {request.reference})."]


def test_details_are_kept_and_shown_to_staff(talk, turn):
    said = turn(
        {"effect": "details", "patient_phone": "+44 20 7946 0000"},
        {"effect": "details", "patient_name": "the patient", "operation_date": "2026-03-14"},
        {"effect": "details", "wording": "details_stored"},
        text=EMERGENCY,
    )
    row = talk.row
    assert (row.patient_phone, row.patient_name) == ("+44 20 7946 0000", "the patient")
    assert row.operation_date == date(2026, 3, 14)
    assert talk.requests[0].reference in said[-1]
    with talk.database.read() as session:
        kinds = session.execute(sa.select(Notice.type)).scalars().all()
    assert kinds.count("details") == 3


def test_details_without_a_request_are_not_said_to_be_with_one(turn, wording):
    said = turn({"effect": "details", "patient_name": "the patient", "wording": "details_stored"})
    assert said == [wording.text("details_noted", "en")]


def test_the_language_changes_for_what_follows(talk, turn):
    turn({"effect": "language", "locale": "fr"})
    assert talk.row.locale == "fr"
    turn({"effect": "language", "locale": "tlh"}, text="ok")
    assert talk.row.locale == "fr"


def test_a_gap_is_noted_without_who_asked(talk, turn):
    turn({"effect": "gap", "kind": "not_in_guide"}, text="Where can I park? " * 60)
    with talk.database.read() as session:
        (gap,) = session.execute(sa.select(Gap)).scalars()
    assert (gap.kind, gap.locale, len(gap.text)) == ("not_in_guide", "en", 500)
    assert talk.id not in str(vars(gap))


def test_steps_are_carried_out_in_their_order(turn, wording):
    said = turn(
        {"text": "First."}, {"effect": "request", "wording": "request_stored"}, {"text": "Last."}
    )
    assert said[0], said[2] == ("First.", "Last.")
    assert said[1] != wording.text("added_to_request", "en", reference="")


def test_a_turn_may_say_nothing(turn):
    assert turn() == []


def _told(talk, message):
    with talk.database.read() as session:
        return answers.call(session, talk.row, message, 1)


def test_the_dialogue_is_told_what_a_button_means_but_not_an_answer_to_triage(talk):
    message = talk.messages
    talk.taps("nurse")
    (message, _) = talk.messages
    told = _told(talk, message)
    assert told["choice"]["intent"] == "ask_nurse"
    assert told["metadata"]["filed"] is True
    message.choice = {"answer": "yes"}
    assert _told(talk, message)["choice"] is None


def test_the_dialogue_is_told_of_a_language_it_does_not_speak(talk):
    talk.says("Wann darf ich wieder Auto fahren und arbeiten gehen?")
    assert _told(talk, talk.messages[0])["metadata"]["foreign"] is True


def test_the_dialogue_is_told_what_the_patient_wrote_before(talk):
    talk.says("How is the recovery?")
    talk.says("And driving?")
    with talk.database.read() as session:
        first, second = session.execute(
            sa.select(Message).where(Message.speaker == "patient").order_by(Message.id)
        ).scalars()
        conversation = session.get(Conversation, talk.id)
        told = [
            answers.call(session, conversation, one, 1)["metadata"]["before"]
            for one in (first, second)
        ]
    assert told == [None, "How is the recovery?"]
