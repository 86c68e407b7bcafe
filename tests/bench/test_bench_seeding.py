"""Stored conversations made for measuring are whole: the product goes on in the same record."""

import uuid

from bench import seeding
from bot import parts
from bot.conversation import conversations, events
from bot.conversation.intake import Incoming, Intake
from bot.settings import Settings


def test_the_record_goes_on_after_it_was_filled(database, triage):
    seeding.fill(database, 30)
    seeding.fill(database, 3)
    assert seeding.count(database) == 33
    settings = Settings(semantic_triage=False)
    intake = Intake(
        database, triage, parts.safety_wording(settings), parts.wording(settings), settings
    )
    with database.write() as session:
        started = conversations.start(session, channel="widget", locale="en")
    intake.accept(started.id, Incoming(uuid.uuid4().hex, text="Hello"))
    with database.read() as session:
        assert [event["text"] for event in events.after(session, started.id, 0)] == ["Hello"]
        assert events.newest_position(session) == 33 * 3 * seeding.EXCHANGES + 1
