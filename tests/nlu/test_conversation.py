"""What a patient reads, turn by turn, from the trained dialogue."""

import pytest

from actions import desk
from bot.settings import LOCALES

pytestmark = pytest.mark.model


@pytest.mark.parametrize(("before", "after", "passage"), [
    ("How does recovery usually go?", "And driving?", "s22"),
    ("When can I go back to work?", "and the gym?", "s22"),
    ("What are the risks?", "also bleeding?", "s25"),
    ("Do I have to change anything to prepare?", "and my tablets?", "s12"),
    ("¿Cómo es la recuperación?", "¿Y conducir?", "s22"),
    ("Comment se passe la récupération ?", "Et conduire ?", "s22"),
])  # fmt: skip
def test_a_follow_up_is_understood_from_the_conversation(chat, before, after, passage):
    assert passage in chat().says(before).says(after).passages


@pytest.mark.parametrize(("before", "after", "section"), [
    ("How is the recovery after it?", "how long?", "recovery"),
    ("¿Cómo es la recuperación?", "¿y después?", "recovery"),
    ("When can I drive again?", "how come?", "return_to_activity"),
])  # fmt: skip
def test_a_few_words_that_say_nothing_alone_stay_with_the_topic(chat, before, after, section):
    talk = chat().says(before).says(after)
    assert section in talk.sections or "gap" in talk.effects, talk.texts


def test_a_clear_short_message_is_not_bent_by_the_one_before(chat):
    talk = chat().says("When can I drive again?").says("thanks!")
    assert talk.passages == set()
    assert "request" in chat().says("What are the risks?").says("nurse please").effects


@pytest.mark.parametrize("text", [
    "Hello, when can I drive again?",
    "good morning doctor, hope you are well, when may i drive again",
    "hi there! Quick question: when can I drive?",
    "Hola, buenos días, ¿cuándo puedo volver a conducir?",
    "Bonjour, quand pourrai-je conduire à nouveau ?",
])  # fmt: skip
def test_a_greeting_with_a_question_is_answered_as_the_question(chat, text):
    assert "s22" in chat().says(text).passages


@pytest.mark.parametrize(("text", "wanted"), [
    ("What are the risks and when can I drive?", {"s25", "s22"}),
    ("When can I work again? And do I have to fast before?", {"s22", "s12"}),
    ("¿Puedo conducir después y cuáles son los riesgos?", {"s22", "s25"}),
    ("Quels sont les risques et quand puis-je conduire ?", {"s25", "s22"}),
    ("when does the microscope come in and who watches the screen", {"s13", "s16"}),
])  # fmt: skip
def test_two_questions_get_two_answers(chat, text, wanted):
    assert wanted <= chat().says(text).passages


def test_misspelled_and_dictated_questions_are_answered(chat):
    assert "s22" in chat().says("wen can i drvie agian").passages
    assert "s12" in chat().says("do i hav to stop my blod thiners befor the opperation").passages
    assert "s25" in chat("es").says("cuales son los riezgos de la operasion").passages
    assert "s22" in chat("fr").says("quan es ce que je peu conduir apres").passages


def test_simpler_is_plain_words_alone_and_the_exact_words_are_a_tap_away(chat):
    talk = chat().says("What are the risks?")
    first = talk.texts[-1]
    simple = talk.says("simpler please").texts[-1]
    assert "In plain words" in simple
    assert "From the clinic's guide" not in simple
    assert len(simple) < len(first)
    exact = talk.taps("The guide's exact words").texts[-1]
    assert "From the clinic's guide" in exact
    assert "In plain words" not in exact


@pytest.mark.parametrize(
    ("locale", "asked"),
    [
        ("en", "can you shorten it, my eyes are bad"),
        ("es", "una versión más corta por favor"),
        ("fr", "plus court s'il vous plaît"),
    ],
)
def test_simpler_before_any_answer_says_what_can_be_had_and_asks_for_the_topic(chat, locale, asked):
    patient = chat(locale).says(asked)
    assert patient.texts == [desk.wording().text("no_topic_plain", locale)]
    assert patient.buttons


def test_the_exact_words_can_be_asked_for(chat):
    talk = chat().says("When can I drive again?").says("what does the guide say word for word")
    assert "s22" in talk.passages
    assert "In plain words" not in talk.texts[-1]


def test_more_goes_on_until_there_is_nothing_more_then_offers_neighbours(chat):
    talk = chat().says("Does the microscope change my preparation?")
    shown = set(talk.passages)
    while talk.says("tell me more").passages:
        assert not talk.passages & shown
        shown |= talk.passages
        assert len(shown) < 10
    assert {"s10", "s11", "s12"} <= shown
    assert talk.titles


def test_tapping_a_neighbouring_topic_answers_it(chat):
    talk = chat().says("When can I drive again?")
    topic = next(one for one in talk.buttons if one["payload"]["intent"].startswith("ask_"))
    section = topic["payload"]["intent"].removeprefix("ask_")
    assert section in talk.taps(topic["title"]).sections


@pytest.mark.parametrize("text", [
    "How much does the operation cost?", "When can I shower?", "How many days off work will I get?",
    "who takes the stitches out", "what dose of ibuprofen", "do you use a robot",
    "do I need surgery?", "¿Cuánto cuesta?", "¿Me puedo duchar?", "Combien ça coûte ?",
    "Ai-je besoin d'être opéré ?", "where can I park", "is there wifi in the rooms",
])  # fmt: skip
def test_what_the_guide_does_not_say_is_refused_collected_and_can_be_sent(chat, text):
    talk = chat().says(text)
    assert talk.passages == set()
    assert talk.effects == ["gap"]
    sending = next(one for one in talk.buttons if one["payload"]["intent"] == "send_question")
    assert talk.taps(sending["title"]).effects == ["request"]


@pytest.mark.parametrize(("locale", "asked", "yes"), [
    ("en", "How much does the operation cost?", "yes send it"),
    ("en", "I want an appointment", "yes please"),
    ("es", "¿Cuánto cuesta?", "sí, por favor"),
    ("fr", "Combien ça coûte ?", "oui merci"),
])  # fmt: skip
def test_a_typed_yes_to_sending_the_question_sends_it(chat, locale, asked, yes):
    talk = chat(locale).says(asked)
    assert "request" in talk.says(yes).effects
    assert "request" not in talk.says(yes).effects


def test_a_yes_to_nothing_sends_nothing(chat):
    assert chat().says("When can I drive again?").says("yes").effects == []


def test_far_from_every_topic_nothing_is_called_related(chat):
    for text in ("How much does the operation cost?", "where can I park", "is there wifi"):
        assert chat().says(text).related == set()


def test_what_is_unclear_is_asked_back_once_with_human_titles_then_a_nurse_is_offered(chat):
    talk = chat().says("x")
    assert any(one["payload"]["intent"].startswith("ask_") for one in talk.buttons[:-1])
    assert all("_" not in title and "/" not in title for title in talk.titles)
    assert talk.titles[-1] == "Talk to a nurse"
    talk.says("the")
    assert talk.titles == ["Talk to a nurse"]
    assert talk.effects == ["gap"]


def test_a_language_can_be_asked_for_and_other_languages_get_the_fixed_text(chat):
    talk = chat().says("español por favor")
    assert talk.effects == ["language"]
    foreign = chat().says("Wann darf ich wieder Auto fahren und arbeiten gehen?")
    assert "Entiendo español" in foreign.texts[0]
    assert foreign.buttons[-1]["payload"]["intent"] == "ask_nurse"


@pytest.mark.parametrize("locale", LOCALES)
def test_with_one_guide_nobody_is_asked_for_the_operation(chat, locale):
    asked = {"en": "choose the operation again", "es": "cambiar la operación",
             "fr": "changer d'opération"}  # fmt: skip
    talk = chat(locale).says(asked[locale])
    assert not any(one["payload"]["intent"] == "choose_guide" for one in talk.buttons)
    assert talk.texts
