"""Reading a name, a telephone number or a date from what a patient typed. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import dateparser
import phonenumbers

MAX_NAME_WORDS = 5
MAX_NAME_CHARS = 100
MIN_PHONE_DIGITS = 6
MAX_PHONE_DIGITS = 15
MAX_PHONE_CHARS = 40
FAR = timedelta(days=3 * 366)
"""An operation further away than this is a misread date."""
NAME = re.compile(r"^[^\W\d_][^\d?!@#<>{}\[\]\\/|=]*$")
PHONE = re.compile(r"\+?[\d(][\d\s().\-/]{4,}\d")
INTRODUCTION = re.compile(
    r"^\W*(?:my name is|the name is|name is|name|i am|i'm|it is|it's|this is|me llamo|"
    r"mi nombre es|soy|se llama|nombre|je m'appelle|je suis|il s'appelle|elle s'appelle|"
    r"mon nom est|nom)\b[\s:,]*",
    re.IGNORECASE,
)
WEEKDAYS = re.compile(
    r"\b(?:(monday|lunes|lundi)|(tuesday|martes|mardi)|(wednesday|mi[eé]rcoles|mercredi)|"
    r"(thursday|jueves|jeudi)|(friday|viernes|vendredi)|(saturday|s[aá]bado|samedi)|"
    r"(sunday|domingo|dimanche))\b",
    re.IGNORECASE,
)
PAST = re.compile(r"\b(?:last|past|pasado|derni[eè]re?|passé)\b", re.IGNORECASE)
COMING = re.compile(
    r"\b(?:next|coming|this|pr[oó]ximo|que viene|este|prochaine?|ce)\b", re.IGNORECASE
)
WEEK = 7
ISO = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b")
DATE_WORDS = re.compile(
    r"\b(?:was|is|on|the|it|operated|operation|surgery|will|be|fue|es|el|será|sera|operación|"
    r"operacion|cirugía|c'était|cétait|le|opération|sera|opéré|opérée)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Read:
    """What was read; `attempted` when it looks like an answer that could not be read."""

    value: str | None = None
    attempted: bool = False


def read(kind: str, text: str, *, today: date, locale: str) -> Read:
    """Read one detail: patient_name, patient_phone or operation_date (as ISO text)."""
    if kind == "patient_phone":
        return _phone(text)
    if kind == "operation_date":
        return _date(text, today, locale)
    return _name(text)


def read_all(text: str, *, today: date, locale: str) -> dict[str, str]:
    """Every detail that can be found in a text given unasked."""
    found = {}
    phone = _phone(text).value
    if phone:
        found["patient_phone"] = phone
        text = PHONE.sub(" ", text)
    if any(character.isdigit() for character in text):
        day = _date(text, today, locale).value
        if day:
            found["operation_date"] = day
    if INTRODUCTION.match(text):
        name = _name(text.split(",")[0]).value
        if name:
            found["patient_name"] = name
    return found


def _name(text: str) -> Read:
    name = INTRODUCTION.sub("", text.strip(), count=1).strip(" .,")
    fits = NAME.match(name) and len(name) <= MAX_NAME_CHARS
    if fits and len(name.split()) <= MAX_NAME_WORDS:
        return Read(name)
    return Read()


def _phone(text: str) -> Read:
    match = PHONE.search(text)
    if match is None:
        return Read(attempted=sum(map(str.isdigit, text)) >= MIN_PHONE_DIGITS - 1)
    digits = re.sub(r"\D", "", match.group())
    number = " ".join(match.group().split())
    fits = MIN_PHONE_DIGITS <= len(digits) <= MAX_PHONE_DIGITS and len(number) <= MAX_PHONE_CHARS
    return Read(_readable(number)) if fits else Read(attempted=True)


def _readable(number: str) -> str:
    """International numbers in their usual grouping; national ones as they were typed."""
    if not number.startswith("+"):
        return number
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def _date(text: str, today: date, locale: str) -> Read:
    digits = any(character.isdigit() for character in text)
    weekday = WEEKDAYS.search(text)
    if weekday is not None and not digits:
        return _on_weekday((weekday.lastindex or 1) - 1, text, today)
    iso = ISO.search(text)  # the parser would take its day for the month
    parsed = dateparser.parse(
        f"{iso[3]}.{iso[2]}.{iso[1]}" if iso else DATE_WORDS.sub(" ", text).strip(" .,!") or text,
        languages=list(dict.fromkeys([locale, "en", "es", "fr"])),
        settings={
            "RELATIVE_BASE": _noon(today),
            "DATE_ORDER": "DMY",
            "PREFER_DAY_OF_MONTH": "first",
            "REQUIRE_PARTS": ["day"],
        },
    )
    if parsed is None or abs(parsed.date() - today) > FAR:
        return Read(attempted=digits)
    return Read(parsed.date().isoformat())


def _on_weekday(weekday: int, text: str, today: date) -> Read:
    """Of "last Monday", "next Friday"; a weekday alone may be either and is asked for again."""
    if PAST.search(text):
        ago = (today.weekday() - weekday) % WEEK or WEEK
        return Read((today - timedelta(days=ago)).isoformat())
    if COMING.search(text):
        ahead = (weekday - today.weekday()) % WEEK or WEEK
        return Read((today + timedelta(days=ahead)).isoformat())
    return Read(attempted=True)


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12)  # noqa: DTZ001  the parser works in naive time
