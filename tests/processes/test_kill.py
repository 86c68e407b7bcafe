"""Patients write while every process dies at random, outright: nothing accepted is ever lost.

The real supervisor runs (`python -m bot run`); its children are killed one after the other with
SIGKILL while messages flow over HTTP. KILLS=200 makes it longer.
"""

import json
import os
import random
import threading
import time
import uuid
from collections import Counter

import httpx
import pytest
import sqlalchemy as sa
from supervised import Supervised

from bot.store import Database
from bot.store.tables import ConsultationRequest, Conversation, Event, Message, Notice, Turn

pytestmark = [pytest.mark.processes, pytest.mark.model]
KILLS = int(os.environ.get("KILLS", "20"))
PARTS = ("web", "worker", "dialogue")
WEIGHTS = (1, 2, 2)
PAUSE_S = (0.5, 3.0)
PATIENTS = 6
FLAGGED = 3
"""Of the patients, so many write red flags between their questions."""
PART_WITHIN_S = 60.0
ANSWERED_WITHIN_S = 180.0
QUESTIONS = [
    "Do I have to fast before the operation?",
    "When can I drive again?",
    "What are the risks of the operation?",
    "How long does the recovery take?",
]
RED_FLAGS = [
    "Since this morning clear fluid is coming out of the wound",
    "I have a fever and chills",
    "Both my legs are numb and I cannot pee",
]


class Writer(threading.Thread):
    """A patient who writes on, repeating what was not acknowledged under the same id."""

    def __init__(self, url, texts, stopped):
        super().__init__(daemon=True)
        self.url, self.texts, self.stopped = url, texts, stopped
        self.accepted = {}
        self.refused = Counter()
        self.id = self.token = None

    def run(self):
        with httpx.Client(base_url=self.url, timeout=10, trust_env=False) as client:
            started = self._insist(client, "/api/v1/conversations", {"locale": "en", "notice": "1"})
            self.id, self.token = started["id"], started["token"]
            while not self.stopped.is_set():
                for text in self.texts:
                    self._write(client, text)

    def _write(self, client, text):
        message_id = str(uuid.uuid4())
        answer = self._insist(client, "/api/v1/messages", {"id": message_id, "text": text})
        if answer is not None:
            self.accepted[message_id] = (text, answer["seq"])
        self.stopped.wait(random.uniform(0.2, 1.0))  # noqa: S311  a patient's pace

    def _insist(self, client, path, body):
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        while True:
            try:
                answer = client.post(path, json=body, headers=headers)
            except httpx.HTTPError as error:
                self.refused[type(error).__name__] += 1
            else:
                if answer.is_success:
                    return answer.json()
                assert answer.status_code == 503, answer.text
                self.refused["503"] += 1
            time.sleep(0.1)


@pytest.fixture
def supervised(model, tmp_path):
    running = Supervised(tmp_path, model.parent)
    try:
        running.wait_until_ready()
        yield running
    finally:
        running.stop()


@pytest.fixture
def record(supervised):
    database = Database(supervised.record)
    yield database
    database.close()


def write_while_parts_die(supervised):
    stopped = threading.Event()
    writers = [
        Writer(supervised.url, [*QUESTIONS, *(RED_FLAGS if number < FLAGGED else [])], stopped)
        for number in range(PATIENTS)
    ]
    for writer in writers:
        writer.start()
    order = random.Random()  # noqa: S311  any order will do
    for number in range(KILLS):
        time.sleep(order.uniform(*PAUSE_S))
        supervised.kill(PARTS[number] if number < len(PARTS) else order.choices(PARTS, WEIGHTS)[0])
    stopped.set()
    for writer in writers:
        writer.join(PART_WITHIN_S * 2)
        assert not writer.is_alive()
    return writers


def unanswered(record):
    with record.read() as session:
        return session.execute(
            sa.select(sa.func.count()).select_from(Turn).where(Turn.state != "done")
        ).scalar()


def rows(record, query):
    with record.read() as session:
        return session.execute(query).all()


def test_nothing_accepted_is_lost_doubled_or_left_unanswered(supervised, record):
    writers = write_while_parts_die(supervised)
    until = time.monotonic() + ANSWERED_WITHIN_S
    while unanswered(record) and time.monotonic() < until:
        time.sleep(0.2)

    accepted = {one: said for writer in writers for one, said in writer.accepted.items()}
    stored = {
        row.client_id: (row.text, row.seq)
        for row in rows(
            record,
            sa.select(Message.client_id, Message.text, Message.seq).where(
                Message.speaker == "patient"
            ),
        )
    }
    assert len(accepted) >= KILLS
    assert {one: stored.get(one) for one in accepted} == accepted, "an accepted message is lost"
    every_question_is_answered_once(record, accepted)
    every_red_flag_conversation_has_one_open_request(record, writers)
    numbers_have_no_gaps(record)
    report = {
        "kills": KILLS,
        "accepted": len(accepted),
        "refused": dict(sum((writer.refused for writer in writers), Counter())),
    }
    print(json.dumps(report))  # noqa: T201


def every_question_is_answered_once(record, accepted):
    states = Counter(row.state for row in rows(record, sa.select(Turn.state)))
    assert set(states) == {"done"}, states
    said = rows(
        record,
        sa.select(Message.in_reply_to, Message.text, Message.source).where(
            Message.speaker == "assistant"
        ),
    )
    assert len(said) == len({(row.in_reply_to, row.text) for row in said}), "something said twice"
    answered = {row.in_reply_to for row in said if row.source}
    assert {one for one, (text, _) in accepted.items() if text in QUESTIONS} <= answered


def every_red_flag_conversation_has_one_open_request(record, writers):
    requests = rows(
        record,
        sa.select(
            ConsultationRequest.conversation_id,
            ConsultationRequest.priority,
            ConsultationRequest.status,
        ),
    )
    flagged = {
        writer.id: {text for text, _ in writer.accepted.values()} & set(RED_FLAGS)
        for writer in writers
    }
    assert sorted(row.conversation_id for row in requests) == sorted(
        conversation for conversation, texts in flagged.items() if texts
    )
    assert {row.status for row in requests} <= {"new"}
    alarms = Counter(
        row.in_reply_to
        for row in rows(record, sa.select(Message.in_reply_to).where(Message.alert.isnot(None)))
    )
    for writer in writers:
        for message_id, (text, _) in writer.accepted.items():
            assert alarms[message_id] == (text in RED_FLAGS), text


def numbers_have_no_gaps(record):
    for conversation in rows(record, sa.select(Conversation.id, Conversation.last_seq)):
        seqs = [
            row.seq
            for row in rows(
                record,
                sa.select(Event.seq)
                .where(Event.conversation_id == conversation.id)
                .order_by(Event.seq),
            )
        ]
        assert seqs == list(range(1, conversation.last_seq + 1))
    positions = [
        row.position for table in (Event, Notice) for row in rows(record, sa.select(table.position))
    ]
    assert sorted(positions) == list(range(1, len(positions) + 1))
