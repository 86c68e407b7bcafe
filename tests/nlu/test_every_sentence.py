"""Hundreds of varied messages through the whole system: every sentence is looked at."""

import asyncio
import re
import shutil
import uuid
from itertools import zip_longest

import pytest
import sqlalchemy as sa
import yaml
from varied import MANY, messages

from bot import parts
from bot.conversation import conversations
from bot.conversation.approved import Approved
from bot.conversation.dispatcher import Dispatcher
from bot.conversation.intake import Incoming, Intake
from bot.settings import LOCALES, ROOT, Settings
from bot.store import Database
from bot.store.tables import Message, Turn
from bot.wording import placeholders

pytestmark = pytest.mark.model
IN_ONE_CONVERSATION = 20
INSIDE = re.compile(r"\b(?:ask|utter|action|nlu)_\w+|not_in_guide|out_of_scope|details_form|/\w+\{")
"""What only programmers should read."""


@pytest.fixture(scope="module")
def record(dialogue, triage, empty_record, tmp_path_factory):
    """The record after all messages were taken in and answered."""
    place = tmp_path_factory.mktemp("varied")
    shutil.copy(empty_record, place / "record.db")
    database = Database(f"sqlite:///{place / 'record.db'}")
    settings = Settings(var=place, answer_deadline_s=60)
    wording = parts.wording(settings)
    intake = Intake(database, triage, parts.safety_wording(settings), wording, settings)
    dispatcher = Dispatcher(database, dialogue, wording, settings)
    texts = messages()
    talks = [texts[at : at + IN_ONE_CONVERSATION] for at in range(0, MANY, IN_ONE_CONVERSATION)]
    ids = [_started(database, LOCALES[number % 3]) for number in range(len(talks))]
    asyncio.run(_all(intake, dispatcher, ids, talks))
    yield database
    database.close()


def _started(database, locale):
    with database.write() as session:
        return conversations.start(
            session, channel="widget", locale=locale, channel_ref=uuid.uuid4().hex
        ).id


async def _all(intake, dispatcher, ids, talks):
    for said in zip_longest(*talks):
        for conversation, text in zip(ids, said, strict=True):
            intake.accept(conversation, Incoming(uuid.uuid4().hex, text=text))
        while await dispatcher.run_once() or dispatcher._lanes:
            await dispatcher.drain()


@pytest.fixture(scope="module")
def said(record):
    """(patient's text, assistant's message) of everything that was said."""
    with record.read() as session:
        rows = session.execute(sa.select(Message).order_by(Message.id)).scalars().all()
    asked = {row.client_id: row.text for row in rows if row.speaker == "patient"}
    assert len(asked) == MANY
    return [(asked[row.in_reply_to], row) for row in rows if row.speaker == "assistant"]


@pytest.fixture(scope="module")
def safety():
    """The fixed safety texts as one pattern; what is quoted are the patient's own words."""
    fixed = set()
    for locale in LOCALES:
        file = yaml.safe_load((ROOT / f"data/triage/wording.{locale}.yml").read_text("utf-8"))
        fallbacks = file["texts"].pop("fallbacks")
        for text in _leaves(file["texts"]):
            fixed.add(_pattern(text, fallbacks))
    return re.compile(rf"(?:(?:{'|'.join(sorted(fixed))})\s*)+", re.DOTALL)


def _leaves(node):
    if isinstance(node, dict):
        for value in node.values():
            yield from _leaves(value)
    else:
        yield node


def _pattern(text, fallbacks):
    pattern = re.escape(text)
    for name in placeholders(text):
        value = {"reference": "[A-Z0-9-]{4,20}", "quote": ".{1,170}?"}.get(name)
        pattern = pattern.replace(
            re.escape(f"{{{name}}}"), value or re.escape(fallbacks.get(name, ""))
        )
    return pattern


def test_every_message_is_answered_and_no_turn_fails(record, said):
    with record.read() as session:
        states = session.execute(sa.select(Turn.state, Turn.apologised_at)).all()
    assert {(state, apologised) for state, apologised in states} == {("done", None)}
    assert len({row.in_reply_to for _, row in said}) >= 0.98 * MANY


def test_every_sentence_is_a_passage_or_a_reviewed_text(said, safety):
    settings = Settings()
    approved = Approved(parts.wording(settings), parts.library(settings))
    strange = [
        (text, row.text)
        for text, row in said
        if not approved.allows(row.text) and not safety.fullmatch(row.text)
    ]
    assert strange == []


def test_every_source_names_passages_that_are_shown(said):
    library = parts.library(Settings())
    sourced = [row for _, row in said if row.source]
    assert len(sourced) > MANY / 5
    for row in sourced:
        passages = [library.passage(one) for one in row.source["passages"]]
        assert all(
            any((wording.verbatim and wording.verbatim.text in row.text)
                or (wording.plain and wording.plain.text in row.text)
                for wording in passage.wordings.values())
            for passage in passages
        )  # fmt: skip


def test_nobody_reads_names_of_intents_or_actions(said, safety):
    ours = (row.text for _, row in said)
    shown = [text for text in ours if not safety.fullmatch(text)]  # those quote the patient
    shown += [one["title"] for _, row in said for one in row.quick_replies or ()]
    assert [text for text in shown if INSIDE.search(text)] == []
