"""What a patient edits is a new version beside the old one; a red flag stays."""

from __future__ import annotations

import sqlalchemy as sa
from talk import EMERGENCY, QUESTION, URGENT, VAGUE

from bot.store.tables import RequestEntry, RequestMessage


def history(talk):
    (request,) = talk.requests
    with talk.database.read() as session:
        return (
            session.execute(
                sa.select(RequestEntry)
                .where(RequestEntry.request_id == request.id)
                .order_by(RequestEntry.id)
            )
            .scalars()
            .all()
        )


def test_both_versions_are_kept_and_the_new_one_names_the_old_one(talk):
    first = talk.says(QUESTION, ref="7")
    second = talk.says("When can I drive a car?", ref="7", edited=True)
    third = talk.says("When can I drive my car?", ref="7", edited=True)
    assert [message.text for message in talk.messages if message.speaker == "patient"] == [
        QUESTION,
        "When can I drive a car?",
        "When can I drive my car?",
    ]
    corrects = {message.seq: message.corrects for message in talk.messages}
    assert (corrects[first.seq], corrects[second.seq], corrects[third.seq]) == (
        None,
        first.seq,
        second.seq,
    )


def test_an_edit_that_adds_a_red_flag_is_escalated(talk):
    talk.says(QUESTION, ref="7")
    talk.says(EMERGENCY, ref="7", edited=True)
    assert [request.priority for request in talk.requests] == ["emergency"]


def test_an_edit_never_retracts_a_red_flag_and_nobody_is_left_unaware(talk):
    talk.says(URGENT, ref="7")
    corrected = talk.says(QUESTION, "c2", ref="7", edited=True)
    (request,) = talk.requests
    assert (request.priority, request.status) == ("urgent", "new")
    assert "stays open" in " ".join(talk.answers_to("c2"))
    entry = history(talk)[-1]
    assert entry.action == "corrected"
    assert entry.data["retracts"] is True
    (kept,) = [message for message in talk.messages if message.seq == corrected.seq]
    with talk.database.read() as session:
        assert session.get(RequestMessage, (request.id, kept.id))


def test_a_typing_mistake_mended_in_a_red_flag_opens_no_second_request(talk):
    talk.says(URGENT.replace("clear", "claer"), ref="7")
    talk.says(URGENT, ref="7", edited=True)
    (request,) = talk.requests
    assert request.priority == "urgent"
    assert history(talk)[-1].data["retracts"] is False


def test_a_no_that_is_edited_into_a_yes_still_answers_the_question(talk):
    asked = talk.says(VAGUE, ref="1")
    assert asked.level == "ask"
    assert talk.says("no", ref="2").level == "none"
    assert talk.says("yes", ref="2", edited=True).level in ("urgent", "emergency")


def test_an_edit_elsewhere_leaves_the_open_question_open(talk):
    talk.says(QUESTION, ref="1")
    assert talk.says(VAGUE, ref="2").level == "ask"
    talk.says("When may I drive again?", ref="1", edited=True)
    assert talk.says("yes", ref="3").level in ("urgent", "emergency")


def test_under_a_nurse_the_assistant_says_nothing_about_an_edit(talk):
    talk.says(URGENT, ref="7")
    talk.is_held()
    said = len(talk.texts())
    talk.says(QUESTION, ref="7", edited=True)
    assert len(talk.texts()) == said
    assert history(talk)[-1].action == "corrected"


def test_an_edit_of_a_message_that_was_erased_is_an_ordinary_message(talk):
    talk.says(EMERGENCY, ref="99", edited=True)
    assert [message.corrects for message in talk.messages if message.speaker == "patient"] == [None]
    assert [request.priority for request in talk.requests] == ["emergency"]


def test_words_that_take_back_a_red_flag_leave_it_open_and_say_so(talk):
    talk.says(EMERGENCY)
    talk.says("Sorry, I meant ankle, not bladder", "c2")
    (request,) = talk.requests
    assert request.status == "new"
    assert history(talk)[-1].action == "corrected"
    assert "stays open" in " ".join(talk.answers_to("c2"))
