"""When the clinic is there: office hours and closed days from the settings. Pure.

OFFICE_HOURS is `mon-thu 08:00-12:00,13:00-17:00; fri 08:00-12:00`; a span may end at 24:00.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PART = re.compile(r"(?P<first>[a-z]{3})(?:-(?P<last>[a-z]{3}))? (?P<spans>[0-9:,\- ]+)")
SPAN = re.compile(r"(\d\d?):(\d\d)-(\d\d?):(\d\d)")
MIDNIGHT = 24 * 60
Spans = dict[int, tuple[tuple[int, int], ...]]
"""Weekday (Monday is 0) to spans in minutes of the day."""


@dataclass(frozen=True)
class Office:
    """Hours of a week in a time zone, and days on which nobody is there."""

    spans: Spans
    zone: tzinfo
    closed_on: frozenset[date]

    @classmethod
    def parse(cls, hours: str, zone: str, closed_on: str) -> Office:
        """From the settings' form; raises ValueError saying what is wrong."""
        if hours and not zone:
            raise ValueError("OFFICE_TIME_ZONE must be set with OFFICE_HOURS")
        return cls(_spans(hours), _zone(zone or "UTC"), frozenset(map(_day, closed_on.split())))

    @property
    def known(self) -> bool:
        """Whether the clinic has said its hours."""
        return bool(self.spans)

    def is_open(self, moment: datetime) -> bool:
        """Whether somebody is there; always, when no hours are known."""
        if not self.known:
            return True
        local = moment.astimezone(self.zone)
        if local.date() in self.closed_on:
            return False
        minute = local.hour * 60 + local.minute
        return any(start <= minute < end for start, end in self.spans.get(local.weekday(), ()))


def _spans(hours: str) -> Spans:
    found: dict[int, tuple[tuple[int, int], ...]] = {}
    for part in filter(None, (part.strip().lower() for part in hours.split(";"))):
        match = PART.fullmatch(part)
        if match is None:
            raise ValueError(f"OFFICE_HOURS: {part!r} is not like mon-fri 08:00-17:00")
        spans = tuple(_span(span.strip()) for span in match["spans"].split(","))
        for day in _days(match["first"], match["last"] or match["first"]):
            found[day] = found.get(day, ()) + spans
    return found


def _days(first: str, last: str) -> range:
    if first not in DAYS or last not in DAYS or DAYS.index(first) > DAYS.index(last):
        raise ValueError(f"OFFICE_HOURS: {first}-{last} are not days from mon to sun")
    return range(DAYS.index(first), DAYS.index(last) + 1)


def _span(text: str) -> tuple[int, int]:
    match = SPAN.fullmatch(text)
    if match is None:
        raise ValueError(f"OFFICE_HOURS: {text!r} is not like 08:00-17:00")
    start, end = _minute(match[1], match[2]), _minute(match[3], match[4])
    if start >= end:
        raise ValueError(f"OFFICE_HOURS: {text!r} ends before it begins")
    return start, end


def _minute(hour: str, minute: str) -> int:
    if (hour, minute) == ("24", "00"):
        return MIDNIGHT
    try:
        at = time(int(hour), int(minute))
    except ValueError:
        raise ValueError(f"OFFICE_HOURS: {hour}:{minute} is no time") from None
    return at.hour * 60 + at.minute


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"OFFICE_TIME_ZONE: {name!r} is not known on this machine") from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"OFFICE_CLOSED: {text!r} is not like 2026-12-25") from None
