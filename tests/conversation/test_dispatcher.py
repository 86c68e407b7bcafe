"""Every accepted question is answered, once and in order, whatever the dialogue process does."""

import asyncio
import itertools
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from dialogue_double import ANSWER, DialogueDouble
from talk import QUESTION

from bot.clock import now
from bot.conversation import answers, dispatcher, records
from bot.conversation.dialogue import Dialogue, DialogueFailed, DialogueUnavailable
from bot.conversation.dispatcher import Dispatcher
from bot.errors import Unavailable
from bot.evaluation.instance import free_port
from bot.store.commits import Commits
from bot.store.tables import Turn

PATIENCE_S = 20.0
OTHER = "What about sport?"


@pytest.fixture
def double():
    server = DialogueDouble()
    yield server
    server.close()


@pytest.fixture
def settings(settings, double):
    return replace(settings, rasa_port=double.port, answer_deadline_s=1.0)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(dispatcher, "APOLOGIES_EVERY_S", 0.05)
    monkeypatch.setattr(dispatcher, "RETRY_S", 0.1)


class Workers:
    """Some dispatchers at work, as in as many worker processes."""

    def __init__(self, database, wording, settings):
        self.parts = database, wording, settings

    def until(self, happened, count=1, patience=PATIENCE_S):
        """Let them work until `happened()`; fails when it does not."""
        asyncio.run(self._until(happened, count, patience))

    async def _until(self, happened, count, patience):
        database, wording, settings = self.parts
        dialogues = [Dialogue(settings) for _ in range(count)]
        crew = [Dispatcher(database, one, wording, settings) for one in dialogues]
        tasks = [asyncio.create_task(one.run()) for one in crew]
        until = time.monotonic() + patience
        while not happened():
            assert time.monotonic() < until, "it did not happen in time"
            for task in tasks:
                if task.done():
                    task.result()
            await asyncio.sleep(0.02)
        for one, task in zip(crew, tasks, strict=True):
            task.cancel()
            await asyncio.wait_for(one.drain(), PATIENCE_S)
        for dialogue in dialogues:
            await dialogue.close()


@pytest.fixture
def workers(database, wording, settings):
    return Workers(database, wording, settings)


@pytest.fixture
def patient_workers(database, wording, settings):
    """Workers who do not apologise while there is much to do."""
    return Workers(database, wording, replace(settings, answer_deadline_s=PATIENCE_S * 2))


def all_done(*talks):
    return lambda: all(turn.state == "done" for talk in talks for turn in talk.turns)


@pytest.fixture
def apology(wording):
    return wording.text("apology", "en")


def test_a_question_is_answered_and_the_client_told_that_this_was_all(
    talk, patient_workers, double
):
    asked = talk.says(QUESTION)
    patient_workers.until(all_done(talk))
    assert talk.answers_to(asked.client_id) == [ANSWER]
    assert talk.events()[-1]["type"] == "turn_done"
    assert talk.done() == [asked.client_id]
    assert double.secrets == {"between us"}


def test_the_dialogue_hears_what_it_needs_and_nothing_else(talk, patient_workers, double):
    asked = talk.says(QUESTION)
    talk.change(patient_phone="+44 20 7946 0000")
    patient_workers.until(all_done(talk))
    (call,) = double.calls
    assert call == {
        "conversation": talk.id,
        "message": asked.client_id,
        "attempt": 1,
        "text": QUESTION,
        "vector": None,
        "choice": None,
        "metadata": {
            "locale": "en",
            "foreign": False,
            "level": "none",
            "filed": False,
            "known": ["patient_phone"],
            "today": now().date().isoformat(),
            "before": None,
        },
    }


def test_a_slow_answer_comes_after_an_honest_word_and_only_once(talk, workers, double, apology):
    double.on(QUESTION, 1.6, 0.0)
    asked = talk.says(QUESTION)
    workers.until(all_done(talk))
    assert talk.answers_to(asked.client_id) == [apology, ANSWER]
    assert talk.done() == [asked.client_id] * 2


def test_a_hanging_dialogue_is_not_waited_for(talk, workers, double, apology):
    double.on(QUESTION, 60.0)
    asked = talk.says(QUESTION)
    began = time.monotonic()
    workers.until(lambda: talk.answers_to(asked.client_id) == [apology], patience=5)
    assert time.monotonic() - began < 4
    assert talk.turns[0].state in ("queued", "running")


def test_a_dialogue_that_fails_is_owned_up_to_at_once_and_not_asked_again(
    talk, workers, double, apology
):
    double.on(QUESTION, 500)
    asked = talk.says(QUESTION)
    began = time.monotonic()
    workers.until(lambda: talk.turns[0].state == "failed")
    assert time.monotonic() - began < 1
    assert talk.answers_to(asked.client_id) == [apology]
    assert talk.done() == [asked.client_id]
    talk.says(OTHER)
    workers.until(lambda: talk.turns[1].state == "done")
    assert double.texts == [QUESTION, OTHER]


@pytest.mark.parametrize("status", [503, 409])
def test_a_dialogue_that_is_not_ready_is_asked_again(talk, patient_workers, double, status):
    double.on(QUESTION, status, status, [{"text": ANSWER}])
    asked = talk.says(QUESTION)
    patient_workers.until(all_done(talk))
    assert talk.answers_to(asked.client_id) == [ANSWER]
    assert [call["attempt"] for call in double.calls] == [1, 2, 3]


NONSENSE = [b"", b"not json", b"[]", b"{}", b'{"steps": [{"text": "\xff"}]}']
WRONG = [
    [{"effect": "unheard of"}],
    [{"text": "said"}, {"effect": "details", "operation_date": "yesterday"}],
    [{"effect": "request", "wording": "no such text"}],
]


@pytest.mark.parametrize("answer", NONSENSE + WRONG)
def test_an_answer_that_makes_no_sense_is_a_failure_with_no_half_of_it_said(
    talk, workers, double, apology, answer
):
    double.on(QUESTION, answer)
    asked = talk.says(QUESTION)
    workers.until(lambda: talk.turns[0].state == "failed")
    assert talk.answers_to(asked.client_id) == [apology]
    assert talk.requests == []
    assert double.texts == [QUESTION]


def test_a_dead_dialogue_gets_an_apology_in_time_and_the_answer_when_it_is_back(
    talk, database, wording, settings, apology
):
    asked = talk.says(QUESTION)
    dead = Workers(database, wording, replace(settings, rasa_port=free_port()))
    dead.until(lambda: talk.answers_to(asked.client_id) == [apology], patience=5)
    Workers(database, wording, settings).until(all_done(talk))
    assert talk.answers_to(asked.client_id) == [apology, ANSWER]


def test_nobody_apologises_twice(talk, workers, double, apology):
    double.on(QUESTION, 503)
    asked = talk.says(QUESTION)
    until = time.monotonic() + 2.5
    workers.until(lambda: time.monotonic() > until, count=2)
    assert talk.answers_to(asked.client_id) == [apology]


def test_a_question_of_yesterday_is_given_up(talk, workers, double):
    double.on(QUESTION, 503)
    talk.says(QUESTION)
    with talk.database.write() as session:
        session.get(Turn, talk.turns[0].message_id).created_at = now() - timedelta(hours=25)
    workers.until(lambda: talk.turns[0].state == "failed")


def test_a_turn_of_a_dead_worker_is_taken_again_when_its_lease_is_over(talk, workers, double):
    asked = talk.says(QUESTION)
    lease(talk, "running", now() + timedelta(seconds=1.5))
    taken_too_early = time.monotonic() + 0.5
    workers.until(lambda: time.monotonic() > taken_too_early)
    assert double.calls == []
    workers.until(all_done(talk))
    assert talk.answers_to(asked.client_id)[-1] == ANSWER
    assert [call["attempt"] for call in double.calls] == [2]


def lease(talk, state, until):
    with talk.database.write() as session:
        turn = session.get(Turn, talk.turns[0].message_id)
        turn.state, turn.lease_until, turn.attempts = state, until, 1


@contextmanager
def taken(database, wording, settings):
    """A turn that one dispatcher has taken; its answer is under way."""
    late = Dispatcher(database, None, wording, settings)
    (turn,) = late._take(8)
    yield lambda: late._in_transaction(late._answer, turn, answers.Turned([{"text": ANSWER}]))


def test_an_answer_of_a_worker_thought_dead_is_not_said_twice(
    talk, workers, database, wording, settings
):
    asked = talk.says(QUESTION)
    with taken(database, wording, settings) as answer_arrives:
        lease(talk, "running", now() - timedelta(seconds=1))
        workers.until(all_done(talk))
        answer_arrives()
    assert talk.answers_to(asked.client_id) == [ANSWER]
    assert talk.done() == [asked.client_id]


@pytest.mark.parametrize("handed_back", [False, True])
def test_an_answer_that_comes_under_or_after_a_hold_is_dropped(
    talk, database, wording, settings, handed_back
):
    asked = talk.says(QUESTION)
    with taken(database, wording, settings) as answer_arrives:
        talk.is_held()
        if handed_back:
            talk.is_handed_back()
        answer_arrives()
    assert talk.answers_to(asked.client_id) == []
    assert talk.turns[0].state == "held"
    assert talk.done() == [asked.client_id]


def test_no_turn_of_a_held_conversation_is_taken_and_nobody_apologises(
    talk, start, workers, double
):
    talk.says(QUESTION)
    talk.is_held()
    lease(talk, "queued", None)
    free = start()
    free.says(OTHER)
    workers.until(lambda: talk.turns[0].state == "held" and free.turns[0].state == "done")
    assert double.texts == [OTHER]
    assert talk.texts() == []


def test_after_the_hand_back_new_questions_are_answered(talk, workers, double):
    talk.is_held()
    talk.says(QUESTION)
    talk.is_handed_back()
    asked = talk.says(OTHER)
    workers.until(lambda: talk.turns[1].state == "done")
    assert talk.answers_to(asked.client_id) == [ANSWER]
    assert double.texts == [OTHER]


def test_questions_of_one_conversation_are_answered_one_after_the_other(
    talk, patient_workers, double
):
    texts = [f"Question number {number}" for number in range(8)]
    double.on(texts[0], 0.3)
    double.on(texts[2], 503, [{"text": ANSWER}])
    for text in texts:
        talk.says(text)
    patient_workers.until(all_done(talk), count=2)
    assert [text for text, _ in itertools.groupby(double.texts)] == texts
    assert double.overlaps == 0
    assert len(talk.texts()) == 8


def test_a_slow_conversation_does_not_hold_up_the_others(talk, start, workers, double):
    double.on(QUESTION, 30.0)
    talk.says(QUESTION)
    others = [start() for _ in range(5)]
    for other in others:
        other.says(OTHER)
    workers.until(all_done(*others), patience=10)


def test_two_dispatchers_never_take_the_same_turn(start, patient_workers, double):
    talks = [start() for _ in range(6)]
    asked = {talk: [talk.says(f"Question {number}") for number in range(5)] for talk in talks}
    patient_workers.until(all_done(*talks), count=2)
    heard = [(call["conversation"], call["message"]) for call in double.calls]
    assert len(heard) == len(set(heard)) == 30
    assert double.overlaps == 0
    for talk, accepted in asked.items():
        in_order = [one.client_id for one in accepted]
        assert [message for conversation, message in heard if conversation == talk.id] == in_order
        assert talk.done() == in_order
        assert [event["seq"] for event in talk.events()] == list(range(1, talk.row.last_seq + 1))


def test_a_conversation_erased_meanwhile_stops_nobody(talk, start, workers, double):
    double.on(QUESTION, 0.5)
    talk.says(QUESTION)
    other = start()
    other.says(OTHER)

    def erased_under_way():
        if double.calls and talk.rows(Turn):
            with talk.database.write() as session:
                records.erase(session, talk.id)
        return not talk.rows(Turn) and all_done(other)()

    workers.until(erased_under_way)
    workers.until(lambda: not double.under_way)


def test_a_database_that_is_away_is_waited_for(talk, workers, monkeypatch):
    asked = talk.says(QUESTION)
    real, failures = Dispatcher._take, iter(range(2))

    def away_at_first(self, room):
        if next(failures, None) is not None:
            raise Unavailable("the database does not answer")
        return real(self, room)

    monkeypatch.setattr(Dispatcher, "_take", away_at_first)
    workers.until(all_done(talk))
    assert talk.answers_to(asked.client_id) == [ANSWER]


def test_an_answer_that_could_not_be_stored_is_asked_for_again(talk, workers, monkeypatch, double):
    asked = talk.says(QUESTION)
    real, failures = Dispatcher._answer, iter(range(1))

    def not_stored_at_first(self, *details):
        if next(failures, None) is not None:
            raise Unavailable("the database does not answer")
        real(self, *details)

    monkeypatch.setattr(Dispatcher, "_answer", not_stored_at_first)
    workers.until(all_done(talk))
    assert talk.answers_to(asked.client_id)[-1] == ANSWER
    assert len(double.calls) == 2


@pytest.mark.parametrize(
    ("plan", "raised"),
    [
        (500, DialogueFailed),
        (403, DialogueFailed),
        (503, DialogueUnavailable),
        (409, DialogueUnavailable),
        (30.0, DialogueUnavailable),
    ],
)
def test_the_client_tells_what_is_worth_asking_again(double, settings, plan, raised):
    double.on("x", plan)

    async def turn():
        dialogue = Dialogue(settings)
        try:
            await dialogue.turn({"conversation": "c", "text": "x"})
        finally:
            await dialogue.close()

    with pytest.raises(raised):
        asyncio.run(turn())


def test_without_commits_the_queue_is_left_alone_and_a_message_is_taken_at_once(
    talk, workers, monkeypatch
):
    """The look that comes by the clock is far away: only the commit can have been noticed."""
    monkeypatch.setattr(dispatcher, "LOOK_AT_LEAST_EVERY_S", 2 * PATIENCE_S)
    looks, real = [], Dispatcher._take
    monkeypatch.setattr(Dispatcher, "_take", lambda self, room: looks.append(1) or real(self, room))
    idle_until = time.monotonic() + 0.5
    workers.until(lambda: time.monotonic() > idle_until)
    assert len(looks) <= 2 or not Commits(talk.database.engine).are_counted
    writing = threading.Timer(0.2, talk.says, [QUESTION])
    writing.daemon = True
    writing.start()
    workers.until(lambda: talk.rows(Turn) and all_done(talk)())
    assert talk.texts()[-1] == ANSWER
