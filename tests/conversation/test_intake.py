"""Whatever a patient sends: stored, triaged and escalated in one transaction, or refused whole."""

import copy
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from talk import EMERGENCY, OVER, QUESTION, URGENT, VAGUE

from bot.consultations import opening
from bot.conversation import events, intake, messages
from bot.conversation.intake import Incoming
from bot.errors import InvalidInput, NotFound, TooLarge
from bot.store.tables import Delivery, Event, Notice, RequestMessage
from bot.triage import Decision, Level


def numbers(talk):
    return [event["seq"] for event in talk.events()]


def test_a_question_is_stored_with_its_turn_and_its_event(talk):
    accepted = talk.says(QUESTION, "m1")
    (message,) = talk.messages
    assert (message.text, message.client_id, message.level) == (QUESTION, "m1", "none")
    assert message.triage["level"] == "none"
    assert [turn.state for turn in talk.turns] == ["queued"]
    assert numbers(talk) == [accepted.seq] == [1]
    assert talk.requests == []


@pytest.mark.parametrize(
    ("text", "priority", "contact"),
    [(URGENT, "urgent", "01 23 45 67 89"), (EMERGENCY, "emergency", "112")],
)
def test_a_red_flag_is_answered_and_filed_before_it_is_acknowledged(talk, text, priority, contact):
    accepted = talk.says(text)
    (request,) = talk.requests
    assert (accepted.level, request.priority, request.status) == (priority, priority, "new")
    assert request.signs
    (reply,) = [event for event in talk.events() if event.get("speaker") == "assistant"]
    assert reply["alert"] == priority
    assert request.reference in reply["text"]
    assert contact in reply["text"]
    assert reply["in_reply_to"] == accepted.client_id


def test_a_worse_sign_raises_the_request_that_is_open(talk):
    talk.says(URGENT)
    (before,) = talk.requests
    talk.says(EMERGENCY)
    (request,) = talk.requests
    assert request.id == before.id
    assert (request.priority, request.rank) == ("emergency", 0)
    assert set(before.signs) < set(request.signs)
    with talk.database.read() as session:
        assert session.query(RequestMessage).filter_by(request_id=request.id).count() == 2


def test_a_milder_sign_never_lowers_the_request(talk):
    talk.says(EMERGENCY)
    talk.says(URGENT)
    (request,) = talk.requests
    assert request.priority == "emergency"


def test_the_same_id_again_is_the_same_message(talk):
    first = talk.says(URGENT, "m1")
    before = talk.events()
    again = talk.says(URGENT, "m1")
    assert again == first
    assert talk.events() == before
    assert len(talk.messages) == len(before) == 2
    assert len(talk.requests) == len(talk.turns) == 1


def test_the_same_id_in_another_conversation_is_another_message(talk, start):
    talk.says(QUESTION, "m1")
    other = start()
    assert other.says(QUESTION, "m1").seq == 1
    assert len(other.messages) == 1


def test_something_vague_is_asked_about_and_the_answer_counts(talk):
    talk.says(VAGUE)
    question = talk.events()[-1]
    assert talk.requests == []
    assert talk.row.asked is not None
    yes = question["quick_replies"][0]["key"]
    assert talk.taps(yes).level in ("urgent", "emergency")
    assert len(talk.requests) == 1
    assert talk.row.asked is None


def test_a_question_stays_open_for_one_message_only(talk):
    talk.says(VAGUE)
    talk.says(QUESTION)
    assert talk.row.asked is None


def test_what_is_over_is_noted_as_a_routine_request(talk):
    talk.says(OVER)
    (request,) = talk.requests
    assert request.priority == "routine"
    assert request.reference in talk.texts()[0]


def test_a_nurse_can_be_asked_for_in_one_tap_in_every_state(talk):
    talk.taps("nurse")
    (request,) = talk.requests
    assert request.priority == "routine"
    assert request.reference in talk.texts()[0]
    talk.is_held()
    talk.taps("nurse")
    assert len(talk.requests) == 1
    assert "added" in talk.texts()[1]


def test_the_button_says_what_its_title_says_in_the_patients_language(start):
    talk = start(locale="fr")
    talk.taps("nurse")
    assert talk.texts("patient") == [talk.intake._wording.button("nurse", "fr")]


def offer(talk, *titles):
    with talk.database.write() as session:
        conversation = messages.lock(session, talk.id)
        replies = [{"title": title, "payload": {"intent": "more"}} for title in titles]
        messages.add(session, conversation, "assistant", "Choose", quick_replies=replies)
    return [reply["key"] for reply in talk.events()[-1]["quick_replies"]]


def test_a_button_of_an_old_message_still_works(talk):
    old = offer(talk, "Tell me more", "The guide's exact words")
    offer(talk, "Skip")
    talk.says(QUESTION)
    accepted = talk.taps(old[1])
    assert talk.texts("patient")[-1] == "The guide's exact words"
    assert accepted.level == "none"
    assert talk.messages[-1].choice == {"intent": "more"}


@pytest.mark.parametrize("key", ["", "1.9", "7.0", "x", "-1.0", "1", "99999999999.0", "\uff11.0"])
def test_a_button_that_was_never_offered_is_refused_and_stores_nothing(talk, key):
    offer(talk, "Tell me more")
    with pytest.raises(InvalidInput, match="not known"):
        talk.taps(key)
    assert len(talk.messages) == 1


def test_a_button_of_another_conversation_is_not_known_here(talk, start):
    (key,) = offer(start(), "Tell me more")
    with pytest.raises(InvalidInput):
        talk.taps(key)


def test_while_a_nurse_answers_the_assistant_owes_nothing_but_triage_goes_on(talk):
    talk.is_held()
    accepted = talk.says(QUESTION)
    assert [turn.state for turn in talk.turns] == ["held"]
    assert talk.done() == [accepted.client_id]
    talk.says(EMERGENCY)
    assert talk.requests[0].priority == "emergency"
    assert talk.events()[-2]["alert"] == "emergency"


def test_whatever_is_written_while_a_request_is_open_keeps_it_waiting(talk):
    talk.says(URGENT)
    with talk.database.write() as session:
        request = session.get(type(talk.requests[0]), talk.requests[0].id)
        request.waiting_since = None
    talk.says(QUESTION)
    assert talk.requests[0].waiting_since == talk.messages[-1].at
    with talk.database.read() as session:
        kinds = session.execute(sa.select(Notice.type).order_by(Notice.position)).scalars().all()
    assert kinds == ["request_opened", "patient_wrote"]


ODD = {
    "NUL": "fever\x00 since yesterday",
    "lone surrogates": "I have a fever \ud83d and \udc00 chills",
    "emoji": "🙂🙃👍🏽",
    "right to left": "\u202eI have a question\u202c",
    "combining": "e\u0301" * 500,
    "zero width": "\u200b\u200d\ufeff",
    "controls": "\x01\x02\x1b[31m\r\n\x7f",
    "one dot": ".",
    "long word": "a" * 19_000,
    "slash": "/restart",
    "intent": '/nlu_fallback{"patient_name": "x"}',
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
def test_odd_text_is_taken_in_and_can_be_read_back(talk, text):
    talk.says(text)
    assert "\x00" not in talk.texts("patient")[0]
    talk.texts("patient")[0].encode("utf-8")


def test_a_red_flag_is_seen_through_odd_characters(talk):
    assert talk.says("I have a fever\x00 and chills \ud83d").level == "urgent"


@pytest.mark.parametrize("text", ["", "   ", "\n\t\r", None])
def test_an_empty_message_is_refused(talk, text):
    with pytest.raises(InvalidInput) as refused:
        talk.says(text)
    assert refused.value.code == "empty_message"
    assert talk.messages == []


def test_an_attachment_needs_no_words(talk):
    assert talk.says("", attachment="photo").seq == 1


def test_a_message_that_is_too_long_is_refused_with_the_clinics_contact(talk, settings):
    with pytest.raises(TooLarge, match="01 23 45 67 89"):
        talk.says("a" * (settings.max_message_chars + 1))
    assert talk.messages == []
    assert talk.says("a" * settings.max_message_chars).seq == 1


@pytest.mark.parametrize("client_id", ["", "x" * 65])
def test_a_message_needs_a_short_id(talk, client_id):
    with pytest.raises(InvalidInput):
        talk.intake.accept(talk.id, Incoming(client_id, text="hello"))


def test_a_conversation_that_does_not_exist_takes_nothing(talk):
    with pytest.raises(NotFound):
        talk.intake.accept("0" * 32, Incoming("m1", text="hello"))


def test_the_conversation_follows_the_patients_language(talk):
    talk.says("¿Cuándo puedo volver a conducir?")
    assert talk.row.locale == "es"
    talk.says("ok")
    assert talk.row.locale == "es"


def test_on_other_channels_the_safety_reply_is_in_the_outbox_of_the_same_transaction(start):
    talk = start(channel="telegram")
    talk.says(EMERGENCY)
    (delivery,) = talk.rows(Delivery)
    assert delivery.state == "queued"
    assert talk.messages[1].id == delivery.message_id


def test_a_channels_own_bookkeeping_stands_or_falls_with_the_message(talk):
    def breaks(_session):
        raise RuntimeError("the channel failed")

    with pytest.raises(RuntimeError):
        talk.intake.accept(talk.id, Incoming("m1", text=EMERGENCY), also=breaks)
    assert (talk.messages, talk.requests, talk.events()) == ([], [], [])
    kept = []
    talk.intake.accept(talk.id, Incoming("m1", text=EMERGENCY), also=kept.append)
    talk.intake.accept(talk.id, Incoming("m1", text=EMERGENCY), also=kept.append)
    assert len(kept) == 2
    assert len(talk.messages) == 2


@pytest.mark.parametrize("broken", ["file", "tell_staff", "_queue_turn"])
def test_a_failure_in_the_middle_leaves_nothing_behind(talk, monkeypatch, broken):
    owner = {"file": opening, "tell_staff": events, "_queue_turn": intake}[broken]

    def breaks(*_args, **_named):
        raise RuntimeError("power cut")

    with monkeypatch.context() as patch:
        patch.setattr(owner, broken, breaks)
        with pytest.raises(RuntimeError):
            talk.says(EMERGENCY, "m1")
    assert (talk.messages, talk.requests, talk.turns, talk.events()) == ([], [], [], [])
    assert talk.row.last_seq == 0
    assert talk.says(EMERGENCY, "m1").seq == 1


def test_many_at_once_in_one_conversation_are_numbered_without_gaps(talk):
    texts = [EMERGENCY if number % 5 == 0 else QUESTION for number in range(24)]
    with ThreadPoolExecutor(8) as pool:
        accepted = list(pool.map(talk.says, texts))
    assert len({one.seq for one in accepted}) == 24
    assert numbers(talk) == list(range(1, talk.row.last_seq + 1))
    assert len(talk.requests) == 1
    assert len(talk.turns) == 24


def test_the_same_message_delivered_many_times_at_once_is_one_message(talk):
    ids = [str(uuid.uuid4()) for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        accepted = list(pool.map(lambda one: talk.says(EMERGENCY, one), ids * 6))
    assert len(set(accepted)) == 4
    assert len(talk.turns) == 4
    assert len(talk.requests) == 1
    assert len(talk.texts()) == 4
    assert numbers(talk) == list(range(1, talk.row.last_seq + 1))


def test_many_conversations_at_once_do_not_hinder_each_other(start):
    talks = [start() for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda talk: [talk.says(URGENT) for _ in range(4)], talks))
    for talk in talks:
        assert numbers(talk) == list(range(1, 9))
        assert len(talk.requests) == 1
    positions = [event.position for talk in talks for event in talk.rows(Event)]
    assert len(set(positions)) == len(positions)


class Slow:
    """Triage that takes so long that something else happens to the conversation meanwhile."""

    def __init__(self, meanwhile):
        self.meanwhile = [meanwhile]
        self.contexts = []

    def decide(self, _text, context):
        self.contexts.append(context)
        if self.meanwhile:
            self.meanwhile.pop()()
        return Decision(Level.NONE)


def test_triage_is_asked_again_when_the_conversation_moved_on_meanwhile(talk):
    faster = copy.copy(talk.intake)
    slow = Slow(lambda: faster.accept(talk.id, Incoming("m1", text=URGENT)))
    talk.intake._triage = slow
    talk.says(QUESTION)
    assert [context.open_level for context in slow.contexts] == [Level.NONE, Level.URGENT]
    assert slow.contexts[1].previous == URGENT
    assert talk.texts("patient") == [URGENT, QUESTION]
