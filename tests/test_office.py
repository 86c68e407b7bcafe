"""Office hours: what is open when, over time zones, clock changes and closed days."""

from datetime import datetime, timezone

import pytest

from bot.office import Office
from bot.settings import Settings

HOURS = "mon-thu 08:00-12:00,13:00-17:00; fri 8:00-12:00; SUN 22:00-24:00"


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-01-12 06:59", False),
        ("2026-01-12 07:00", True),  # Monday, UTC+1
        ("2026-01-12 10:59", True),
        ("2026-01-12 11:00", False),
        ("2026-01-12 12:00", True),
        ("2026-01-12 16:00", False),
        ("2026-07-13 06:00", True),
        ("2026-07-13 15:00", False),  # summer time, UTC+2
        ("2026-03-27 07:30", True),
        ("2026-03-30 06:30", True),  # before and after the change
        ("2026-01-16 12:30", False),
        ("2026-01-17 09:00", False),  # Friday afternoon, Saturday
        ("2026-01-18 22:59", True),
        ("2026-01-18 23:00", False),  # Sunday until midnight there
        ("2026-01-19 09:00", False),  # a holiday
    ],
)
def test_open_and_closed(moment, expected):
    office = Office.parse(HOURS, "Europe/Paris", "2026-01-19 2026-12-25")
    assert office.is_open(at(moment)) is expected


def test_without_hours_nobody_is_told_that_the_clinic_is_closed():
    office = Office.parse("", "", "")
    assert not office.known
    assert office.is_open(at("2026-01-18 03:00"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OFFICE_HOURS", "monday 8-17"),
        ("OFFICE_HOURS", "mon-fri 08:00"),
        ("OFFICE_HOURS", "fri-mon 08:00-17:00"),
        ("OFFICE_HOURS", "mon 17:00-08:00"),
        ("OFFICE_HOURS", "mon 08:00-25:00"),
        ("OFFICE_HOURS", "xyz 08:00-17:00"),
        ("OFFICE_TIME_ZONE", "Europe/Nowhere"),
        ("OFFICE_TIME_ZONE", "../etc/passwd"),
        ("OFFICE_TIME_ZONE", ""),
        ("OFFICE_CLOSED", "25.12.2026"),
    ],
)
def test_what_cannot_be_read_is_named_at_the_start(name, value):
    given = {"office_hours": HOURS, "office_time_zone": "Europe/Paris", name.lower(): value}
    [problem] = Settings(**given).problems()
    assert problem.startswith(name)
