"""How a request may end: what the alarm turned out to be, and how the patient was reached."""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors import InvalidInput

ALARMS = ("true_alarm", "false_alarm", "unsure")
CONTACTS = ("answered", "called", "seen", "sent_to_emergency", "no_contact")
NO_CONTACT = "no_contact"
MIN_REASON_CHARS = 10
MAX_NOTE_CHARS = 4_000


@dataclass(frozen=True)
class Outcome:
    """`alarm` is None for a routine request, which no red flag opened."""

    contact: str
    alarm: str | None = None

    def __str__(self) -> str:
        return f"{self.alarm}.{self.contact}" if self.alarm else self.contact

    @classmethod
    def parse(cls, text: str) -> Outcome:
        """`called` or `true_alarm.called`; raises InvalidInput for anything else."""
        alarm, _, contact = text.rpartition(".")
        if contact not in CONTACTS or (alarm and alarm not in ALARMS):
            raise InvalidInput("choose an outcome", code="outcome_missing")
        return cls(contact, alarm or None)


def check(outcome: Outcome, priority: str, note: str, *, contacted: bool) -> None:
    """Raise InvalidInput unless a request of this priority may end like this.

    An emergency or urgent request needs contact with the patient, or a typed reason.
    """
    if len(note) > MAX_NOTE_CHARS:
        raise InvalidInput("the note is too long", code="note_too_long")
    if outcome.contact == "answered" and not contacted:
        raise InvalidInput("nobody has answered the patient yet", code="not_answered")
    if priority == "routine":
        return
    if outcome.alarm is None:
        raise InvalidInput("say whether the alarm was true", code="alarm_missing")
    if outcome.contact == NO_CONTACT and len(note.strip()) < MIN_REASON_CHARS:
        raise InvalidInput("closing without contact needs a reason", code="reason_missing")
