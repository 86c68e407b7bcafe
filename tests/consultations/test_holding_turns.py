"""A late answer of the assistant against a hold: it must never reach the patient.

HOLD_RACES=1000 runs the long form.
"""

import asyncio
import os
import random
import uuid

import pytest
from clinic import BOTH

from bot.clock import now
from bot.consultations import lifecycle
from bot.conversation import events, messages
from bot.conversation.dialogue import Turned
from bot.conversation.dispatcher import Dispatcher
from bot.store.tables import Conversation, Message, Turn

pytestmark = BOTH
INTERLEAVINGS = int(os.environ.get("HOLD_RACES", "40"))
LATE = {"text": "late answer", "quick_replies": [], "source": None}


class Dialogue:
    """Answers every question; while it thinks, `meanwhile` happens."""

    def __init__(self, meanwhile) -> None:
        self.meanwhile = meanwhile

    async def turn(self, _call):
        self.meanwhile()
        return Turned([LATE])


@pytest.fixture
def dispatch(clinic):
    """The real dispatcher takes what is queued, while something else happens."""

    def once(meanwhile=lambda: None):
        async def run():
            dispatcher = Dispatcher(
                clinic.database, Dialogue(meanwhile), clinic.wording, clinic.settings
            )
            await dispatcher.run_once()
            await dispatcher.drain()

        asyncio.run(run())

    return once


def ask(clinic, conversation_id):
    """A question that the assistant owes an answer to."""
    with clinic.database.write() as session:
        conversation = messages.lock(session, conversation_id)
        message = messages.add(
            session,
            conversation,
            "patient",
            "What about driving?",
            client_id=uuid.uuid4().hex,
            level="none",
        )
        session.add(
            Turn(
                message_id=message.id,
                conversation_id=conversation_id,
                state="queued",
                attempts=0,
                created_at=now(),
            )
        )
        return message.id


def said(clinic):
    with clinic.database.read() as session:
        return session.query(Message).filter_by(speaker="assistant").count()


def test_an_answer_under_way_is_dropped_whenever_a_hold_came_in_between(
    clinic, vera, act, dispatch
):
    request_id = clinic.routine()
    conversation_id = clinic.case(request_id)[1].id
    act(lifecycle.claim, vera, request_id, clinic.texts)
    chance = random.Random(7)  # noqa: S311  repeatable, no secret

    def meanwhile():
        act(lifecycle.hold, vera, request_id, clinic.texts)
        if chance.random() < 0.5:
            act(lifecycle.hand_back, vera, request_id, clinic.texts)

    for _ in range(INTERLEAVINGS):
        act(lifecycle.hand_back, vera, request_id, clinic.texts)
        ask(clinic, conversation_id)
        dispatch(meanwhile)
    assert said(clinic) == 0
    with clinic.database.read() as session:
        assert {turn.state for turn in session.query(Turn)} == {"held"}


def test_without_a_hold_the_same_answer_arrives(clinic, vera, act, dispatch):
    request_id = clinic.routine()
    act(lifecycle.claim, vera, request_id, clinic.texts)
    act(lifecycle.hand_back, vera, request_id, clinic.texts)
    ask(clinic, clinic.case(request_id)[1].id)
    dispatch()
    assert said(clinic) == 1


def test_a_held_conversation_is_not_answered_at_all(clinic, vera, act, dispatch):
    request_id = clinic.routine()
    act(lifecycle.claim, vera, request_id, clinic.texts)
    ask(clinic, clinic.case(request_id)[1].id)
    dispatch()
    assert said(clinic) == 0


def test_a_hold_ends_the_patients_waiting_for_the_assistant(clinic, vera, act):
    request_id = clinic.routine()
    conversation_id = clinic.case(request_id)[1].id
    message_id = ask(clinic, conversation_id)
    act(lifecycle.claim, vera, request_id, clinic.texts)
    with clinic.database.read() as session:
        client_id = session.get(Message, message_id).client_id
        found = events.after(session, conversation_id, 0)
        last = session.get(Conversation, conversation_id).last_seq
    done = [event["in_reply_to"] for event in found if event["type"] == "turn_done"]
    assert done == [client_id]
    assert [event["seq"] for event in found] == sorted({event["seq"] for event in found})
    assert found[-1]["seq"] == last
