"""What a patient reads depends on whether somebody is there; an emergency never waits."""

from datetime import timedelta

import pytest

from bot import parts
from bot.clock import now
from bot.conversation import conversations, events
from bot.conversation.intake import Incoming, Intake
from bot.settings import Settings

WORDS = {
    "urgent": "I have a fever of 38.6 since this morning",
    "emergency": "I can't feel my genitals and can't pee",
}
SENTENCE = {
    "en": "The clinic is closed at the moment",
    "es": "La clínica está cerrada",
    "fr": "La clinique est fermée",
}


def written(database, triage, locale, text, *, closed, **more):
    """What the assistant answers at once; `closed`: the clinic has its day off."""
    days = [f"{now() + timedelta(days=n):%Y-%m-%d}" for n in (0, 1)]
    settings = Settings(
        office_hours="mon-sun 00:00-24:00",
        office_time_zone="UTC",
        office_closed=" ".join(days if closed else []),
        **more,
    )
    intake = Intake(
        database, triage, parts.safety_wording(settings), parts.wording(settings), settings
    )
    with database.write() as session:
        started = conversations.start(session, channel="widget", locale=locale)
    if text == "nurse":
        intake.accept(started.id, Incoming("1", reply="nurse"))
    else:
        intake.accept(started.id, Incoming("1", text=text))
    with database.read() as session:
        found = events.after(session, started.id, 0)
    return " ".join(event["text"] for event in found if event.get("speaker") == "assistant")


@pytest.mark.parametrize("locale", SENTENCE)
def test_who_asks_for_a_nurse_reads_that_the_clinic_is_closed(database, triage, locale):
    assert SENTENCE[locale] in written(database, triage, locale, "nurse", closed=True)
    assert SENTENCE[locale] not in written(database, triage, locale, "nurse", closed=False)


def test_an_urgent_matter_names_whom_to_call_meanwhile(database, triage):
    more = {"out_of_hours": "duty doctor 0800 111"}
    text = written(database, triage, "en", WORDS["urgent"], closed=True, **more)
    assert text.endswith("While it is closed: duty doctor 0800 111.")
    assert SENTENCE["en"] not in written(database, triage, "en", WORDS["urgent"], closed=False)


def test_an_emergency_reads_nothing_about_office_hours(database, triage):
    texts = {
        closed: written(database, triage, "en", WORDS["emergency"], closed=closed)
        for closed in (True, False)
    }
    assert "call" in texts[True]
    assert SENTENCE["en"] not in texts[True]
