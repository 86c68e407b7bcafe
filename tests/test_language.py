"""Which language a message is in, also in a few words, without accents, or in none of ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import language
from bot.settings import LOCALES

CLEAR = {
    "en": [
        "When can I drive again?",
        "wound is leaking",
        "my leg feels numb",
        "thanks",
        "can i take a shower after surgery",
        "I can't pee",
        "I\u2019m scared of the operation",
        "is it normal that my scar itches",
    ],
    "es": [
        "¿Cuándo puedo conducir?",
        "me duele mucho la espalda",
        "tengo fiebre",
        "gracias",
        "cuando puedo trabajar despues de la operacion",
        "no puedo orinar",
        "me sale pus de la herida",
        "la pierna dormida desde ayer",
    ],
    "fr": [
        "Quand puis-je conduire ?",
        "j'ai de la fièvre",
        "ma plaie coule",
        "merci",
        "est ce que je peux prendre une douche apres l operation",
        "je n'arrive pas à uriner",
        "J\u2019ai mal au dos",
        "jambe engourdie depuis hier",
    ],
}
SILENT = ["ok", "38.5", "?", "👍", "", "   ", "MRI", "L4-L5", "123 456", "...", "\x00", "\ud83d"]
FOREIGN = [
    "Wann darf ich wieder Auto fahren und arbeiten gehen?",
    "Когда я смогу водить машину?",
    "手術後いつ運転できますか",
    "متى يمكنني القيادة بعد العملية",
    "나중에 운전할 수 있나요",
    "Quando posso guidare dopo l'intervento?",
]


@pytest.mark.parametrize("current", LOCALES)
@pytest.mark.parametrize(
    ("locale", "text"), [(locale, text) for locale, texts in CLEAR.items() for text in texts]
)
def test_a_clear_message_is_answered_in_its_language(locale, text, current):
    assert language.of(text, current) == locale
    assert language.of(text.upper(), current) == locale


@pytest.mark.parametrize("current", LOCALES)
@pytest.mark.parametrize("text", SILENT)
def test_what_tells_nothing_leaves_the_language_as_it_is(text, current):
    assert language.of(text, current) == current
    assert language.detect(text, current) == current


@pytest.mark.parametrize("current", LOCALES)
@pytest.mark.parametrize("text", FOREIGN)
def test_a_language_we_do_not_speak_is_recognised_and_changes_nothing(text, current):
    assert language.detect(text, current) == language.OTHER
    assert language.of(text, current) == current


@pytest.mark.parametrize(
    "text",
    [
        "I have a fever and chills",
        "the wound is leaking",
        "tengo fiebre y escalofríos",
        "j'ai de la fièvre et des frissons",
    ],
)
def test_a_red_flag_is_never_taken_for_a_foreign_language(text):
    for current in LOCALES:
        assert language.detect(text, current) in LOCALES


@given(st.text(max_size=300), st.sampled_from(LOCALES))
def test_any_text_has_a_language_of_ours(text, current):
    assert language.of(text, current) in LOCALES


def test_a_very_long_text_is_judged_by_its_beginning():
    assert language.of("me duele la espalda " * 5_000, "en") == "es"
