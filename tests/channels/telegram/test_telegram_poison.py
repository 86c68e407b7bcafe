"""Updates that break, hang or kill the program: they go to a person, the others go on."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from chat_clinic import Clinic
from lives import many_lives

from bot.channels.telegram import receiver
from bot.channels.telegram.reception import Reception
from bot.store.tables import UpdateAttempt

EMERGENCY = "I can't pee since this morning and my bladder is full"


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(receiver, "STORAGE_RETRY_S", 0.05)


@pytest.mark.processes
@pytest.mark.parametrize("poison", ["kill", "hang"])
def test_a_message_that_kills_the_process_goes_to_a_person_and_the_next_ones_are_answered(
    settings, database, telegram, texts, poison
):
    clinic = Clinic(database, telegram, texts)
    with many_lives("receiver_process.py", settings, POISON=poison):
        telegram.text(5, "before")
        telegram.wait(lambda: len(clinic.messages(5)) == 1)
        telegram.text(5, "poison")
        telegram.text(5, EMERGENCY)
        telegram.text(6, EMERGENCY)
        telegram.wait(lambda: clinic.requests(6) and len(clinic.messages(5)) == 3, 60)
    assert clinic.all(sa.select(UpdateAttempt)) == [], "nothing is counted that is done"
    assert [message.text for message in clinic.messages(5)] == ["before", "poison", EMERGENCY]
    assert [message.level for message in clinic.messages(5)] == ["none", "urgent", "emergency"]
    assert [request.priority for request in clinic.requests(5)] == ["emergency"]
    (request,) = clinic.requests(5)
    assert any(
        request.reference in message.text and "could not process" in message.text
        for message in clinic.messages(5, "notice")
    )


@pytest.mark.usefixtures("impatient")
def test_a_text_that_cannot_even_be_filed_is_filed_without_its_words(clinic, telegram, monkeypatch):
    breaking(monkeypatch, lambda shown: shown)
    telegram.text(5, "poison")
    telegram.text(5, "and then?")
    telegram.wait(lambda: len(clinic.messages(5)) == 2)
    assert [message.text for message in clinic.messages(5)] == ["[text]", "and then?"]
    assert [request.priority for request in clinic.requests(5)] == ["urgent"]


@pytest.mark.usefixtures("impatient")
def test_at_the_very_last_the_patient_hears_the_truth_and_the_channel_goes_on(
    clinic, telegram, texts, monkeypatch
):
    breaking(monkeypatch, lambda _shown: True)
    telegram.text(5, "poison")
    telegram.text(6, EMERGENCY)
    clinic.reads(5, texts.text("not_stored", "en"))
    clinic.warned(6)
    telegram.wait(lambda: telegram.pending == 0)


def breaking(monkeypatch, breaks):
    """Every text with "poison" breaks, its filing too when `breaks(shown)`."""
    take, file_unread = Reception.take, Reception.file_unread

    def broken_take(self, arrival):
        if "poison" in arrival.text:
            raise ZeroDivisionError
        return take(self, arrival)

    def broken_filing(self, arrival, *, shown=True):
        if breaks(shown):
            raise ZeroDivisionError
        return file_unread(self, arrival, shown=shown)

    monkeypatch.setattr(Reception, "take", broken_take)
    monkeypatch.setattr(Reception, "file_unread", broken_filing)
