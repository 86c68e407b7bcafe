"""What triage is told about the conversation before the message."""

from datetime import date, timedelta

import pytest
from talk import EMERGENCY, OVER, QUESTION, URGENT, VAGUE

from bot.clock import now
from bot.conversation import situation
from bot.errors import NotFound
from bot.store.tables import ConsultationRequest, Message
from bot.triage import Level


def seen(talk, **how):
    with talk.database.read() as session:
        return situation.read(session, talk.id, **how)


def test_nothing_is_known_of_a_new_conversation(talk):
    found = seen(talk)
    assert (found.seq, found.locale) == (0, "en")
    context = found.context
    assert (context.previous, context.asked, context.open_level) == (None, None, Level.NONE)
    assert context.days_since_operation is None
    assert context.attachment is False


def test_the_patients_own_last_words_are_known_not_the_assistants(talk):
    talk.says(QUESTION)
    talk.says(URGENT)
    assert talk.events()[-1]["speaker"] == "assistant"
    assert seen(talk).context.previous == URGENT


def test_words_of_long_ago_are_no_context(talk):
    talk.says(QUESTION)
    with talk.database.write() as session:
        session.get(Message, talk.messages[0].id).at = now() - timedelta(hours=13)
    assert seen(talk).context.previous is None


def test_the_open_question_is_known(talk):
    talk.says(VAGUE)
    assert seen(talk).context.asked.quote in VAGUE


def test_an_open_red_flag_is_known_until_staff_close_it(talk):
    talk.says(EMERGENCY)
    context = seen(talk).context
    assert context.open_level is Level.EMERGENCY
    assert context.open_signs == set(talk.requests[0].signs)
    with talk.database.write() as session:
        session.get(ConsultationRequest, talk.requests[0].id).status = "closed"
    assert seen(talk).context.open_level is Level.NONE


def test_an_open_routine_request_is_no_red_flag(talk):
    talk.says(OVER)
    assert len(talk.requests) == 1
    assert seen(talk).context.open_level is Level.NONE


@pytest.mark.parametrize("days", [-3, 0, 12])
def test_days_since_the_operation_are_counted(talk, days):
    talk.change(operation_date=now().date() - timedelta(days=days))
    assert seen(talk).context.days_since_operation == days


def test_an_attachment_is_passed_on(talk):
    assert seen(talk, attachment=True).context.attachment is True


def test_a_conversation_that_is_not_there(talk):
    with talk.database.read() as session, pytest.raises(NotFound):
        situation.read(session, "0" * 32)


def test_a_date_is_a_date_on_every_database(talk):
    talk.change(operation_date=date(2026, 2, 28))
    assert talk.row.operation_date == date(2026, 2, 28)
