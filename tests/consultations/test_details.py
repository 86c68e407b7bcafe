"""A name, a telephone number, a date: read from what patients type, never made up."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.consultations import details
from bot.settings import LOCALES
from bot.store.tables import Conversation

TODAY = date(2026, 3, 14)
KINDS = ("patient_phone", "patient_name", "operation_date")


def read(kind, text, locale="en"):
    return details.read(kind, text, today=TODAY, locale=locale)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+44 20 7946 0000", "+44 20 7946 0000"),
        ("+442079460000", "+44 20 7946 0000"),
        ("my number is 07700 900123 thanks", "07700 900123"),
        ("(020) 7946-0000", "(020) 7946-0000"),
        ("+33 1 23 45 67 89", "+33 1 23 45 67 89"),
        ("07700\t900\n123", "07700 900 123"),
    ],
)
def test_a_telephone_number_is_read(text, number):
    assert read("patient_phone", text).value == number


@pytest.mark.parametrize("text", ["12345", "1234567890123456789", "1" + " -" * 30 + " 2 3 4 5 6"])
def test_what_looks_like_a_number_but_is_none_is_asked_for_again(text):
    assert read("patient_phone", text) == details.Read(attempted=True)


@pytest.mark.parametrize("text", ["no", "", "38.5", "123", "I don't want to", "why do you ask?"])
def test_other_words_are_no_attempt_at_a_number(text):
    assert read("patient_phone", text) == details.Read()


@pytest.mark.parametrize(
    ("text", "locale", "day"),
    [
        ("14 March", "en", "2026-03-14"),
        ("14/03/2026", "en", "2026-03-14"),
        ("it was on the 2nd of February 2026", "en", "2026-02-02"),
        ("yesterday", "en", "2026-03-13"),
        ("2026-04-03", "en", "2026-04-03"),
        ("two weeks ago", "en", "2026-02-28"),
        ("in 3 days", "en", "2026-03-17"),
        ("el 3 de abril", "es", "2026-04-03"),
        ("la semana pasada", "es", "2026-03-07"),
        ("hier", "fr", "2026-03-13"),
        ("12.02.2026", "fr", "2026-02-12"),
        ("14 March", "es", "2026-03-14"),
        ("2026-02-28", "en", "2026-02-28"),
    ],
)
def test_a_date_is_read_as_people_say_it(text, locale, day):
    assert read("operation_date", text, locale).value == day


@pytest.mark.parametrize("text", ["2026-02-30", "31/12/9999", "1950", "12/12/1999"])
def test_a_date_that_cannot_be_is_asked_for_again(text):
    assert read("operation_date", text) == details.Read(attempted=True)


@pytest.mark.parametrize("text", ["my leg hurts", "", "I don't remember", "March"])
def test_other_words_are_no_date(text):
    assert read("operation_date", text) == details.Read()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("my name is Example Person", "Example Person"),
        ("Example Person.", "Example Person"),
        ("me llamo Ejemplo", "Ejemplo"),
        ("je m'appelle Exemple", "Exemple"),
        ("Ñandú d'Été-Übel", "Ñandú d'Été-Übel"),
    ],
)
def test_a_name_is_read(text, name):
    assert read("patient_name", text).value == name


@pytest.mark.parametrize(
    "text", ["38.5", "why?", "", "   ", "one two three four five six", "x" * 200, "<b>", "a@b.c"]
)
def test_what_cannot_be_a_name_is_none(text):
    assert read("patient_name", text).value is None


def test_everything_given_unasked_is_found():
    found = details.read_all(
        "My name is Example Person, +33 1 23 45 67 89", today=TODAY, locale="en"
    )
    assert found == {"patient_name": "Example Person", "patient_phone": "+33 1 23 45 67 89"}


@pytest.mark.parametrize(
    "text", ["I want to give my number", "temperature 38.5 since 3 days", "When can I drive?"]
)
def test_nothing_is_found_where_nothing_is_given(text):
    assert details.read_all(text, today=TODAY, locale="en") == {}


@given(st.sampled_from(KINDS), st.text(max_size=120), st.sampled_from(LOCALES))
def test_whatever_is_read_fits_its_column(kind, text, locale):
    value = read(kind, text, locale).value
    if kind == "operation_date":
        assert value is None or date.fromisoformat(value)
    elif value is not None:
        assert 0 < len(value) <= getattr(Conversation, kind).type.length


@given(st.from_regex(r"\+?[0-9()][0-9 ().\-/]{4,90}[0-9]", fullmatch=True))
def test_any_number_fits_its_column(text):
    value = read("patient_phone", text).value
    assert value is None or len(value) <= Conversation.patient_phone.type.length


@pytest.mark.parametrize(("text", "locale", "day"), [
    ("last Monday", "en", "2026-03-09"),
    ("it was last saturday", "en", "2026-03-07"),
    ("next friday", "en", "2026-03-20"),
    ("this Thursday", "en", "2026-03-19"),
    ("el lunes pasado", "es", "2026-03-09"),
    ("el próximo viernes", "es", "2026-03-20"),
    ("lundi dernier", "fr", "2026-03-09"),
    ("vendredi prochain", "fr", "2026-03-20"),
])  # fmt: skip
def test_a_weekday_is_read_with_its_direction(text, locale, day):
    saturday = date(2026, 3, 14)
    assert details.read("operation_date", text, today=saturday, locale=locale).value == day


def test_a_weekday_without_direction_is_asked_for_again():
    found = details.read("operation_date", "on Monday", today=date(2026, 3, 14), locale="en")
    assert (found.value, found.attempted) == (None, True)
