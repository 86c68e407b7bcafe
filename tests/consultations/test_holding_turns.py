"""A late answer of the assistant against a hold: it must never reach the patient."""

import random
import uuid
from datetime import timedelta

from bot.clock import now
from bot.consultations import lifecycle
from bot.conversation import events, messages
from bot.store.tables import Conversation, Message, Turn

INTERLEAVINGS = 60


def ask(clinic, conversation_id):
    """A question whose answer the dialogue is working on; what the dispatcher remembers of it."""
    with clinic.database.write() as session:
        conversation = messages.lock(session, conversation_id)
        message = messages.add(
            session, conversation, "patient", "What about driving?",
            client_id=uuid.uuid4().hex, level="none",
        )
        session.add(Turn(
            message_id=message.id, conversation_id=conversation_id, state="running", attempts=1,
            created_at=now(), lease_until=now() + timedelta(seconds=30),
        ))
        return message.id, conversation.hold_version


def answer(clinic, conversation_id, message_id, hold_version):
    """The dispatcher's rule for an answer that arrives: dropped unless nothing was held since."""
    with clinic.database.write() as session:
        conversation = messages.lock(session, conversation_id)
        turn = session.get(Turn, message_id)
        if conversation.held_by is not None or conversation.hold_version != hold_version:
            turn.state = "held"
            return
        messages.add(session, conversation, "assistant", "late answer")
        turn.state = "done"


def test_an_answer_under_way_is_dropped_whenever_a_hold_came_in_between(clinic, vera, act):
    request_id = clinic.routine()
    conversation_id = clinic.case(request_id)[1].id
    act(lifecycle.claim, vera, request_id, clinic.texts)
    order = random.Random(7)  # noqa: S311  a repeatable shuffle, no secret
    for _ in range(INTERLEAVINGS):
        act(lifecycle.hand_back, vera, request_id, clinic.texts)
        message_id, hold_version = ask(clinic, conversation_id)
        act(lifecycle.hold, vera, request_id, clinic.texts)
        if order.random() < 0.5:
            act(lifecycle.hand_back, vera, request_id, clinic.texts)
        answer(clinic, conversation_id, message_id, hold_version)
        act(lifecycle.hold, vera, request_id, clinic.texts)
    with clinic.database.read() as session:
        assert session.query(Message).filter_by(speaker="assistant").count() == 0
        assert {turn.state for turn in session.query(Turn)} == {"held"}


def test_a_hold_ends_the_patients_waiting_for_the_assistant(clinic, vera, act):
    request_id = clinic.routine()
    conversation_id = clinic.case(request_id)[1].id
    message_id, _ = ask(clinic, conversation_id)
    act(lifecycle.claim, vera, request_id, clinic.texts)
    with clinic.database.read() as session:
        client_id = session.get(Message, message_id).client_id
        done = [
            event["in_reply_to"]
            for event in events.after(session, conversation_id, 0)
            if event["type"] == "turn_done"
        ]
        numbers = [event["seq"] for event in events.after(session, conversation_id, 0)]
        last = session.get(Conversation, conversation_id).last_seq
    assert done == [client_id]
    assert numbers == list(range(1, last + 1))
