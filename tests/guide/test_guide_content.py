"""The clinic's guide as shipped: word for word, complete, easy to read, no question twice."""

import re
from collections import Counter

import pytest
from guide_places import GUIDES, TEST_DATA

from bot.guide import flesch_kincaid_grade, normal_question, validate

GUIDE = "microscope-assisted-spinal-surgery"
ORIGINAL = (TEST_DATA / f"{GUIDE}.txt").read_text(encoding="utf-8")
LANGUAGES = ("en", "es", "fr")
FEWEST_QUESTIONS = {"en": 14, "es": 8, "fr": 8}
WITHOUT_BODY = {
    "When is this technique indicated?",
    "Frequently asked questions",
    "Other related treatments",
}
SECTION_OF = {
    "intro": "s01 s02 s03",
    "what_is_it": "s04 s05 s06 s07",
    "when_used": "s08 s09",
    "preparation": "s10 s11 s12",
    "during": "s13 s14 s15 s16",
    "immediate_postop": "s17 s18 s19",
    "recovery": "s20 s21",
    "return_to_activity": "s22",
    "warning_signs": "s23",
    "risks": "s24 s25 s27",
    "complex_cases": "s26",
    "consultation": "s28 s29 s30",
}


@pytest.fixture(scope="module")
def guide(clinic_library):
    return clinic_library.guide(GUIDE)


@pytest.fixture(scope="module")
def passages(guide):
    every = (passage for section in guide.sections for passage in section.passages)
    return sorted(every, key=lambda passage: passage.id)


def test_nothing_is_wrong_with_the_files():
    assert [str(problem) for problem in validate(GUIDES)] == []


def test_the_data_is_the_guide_character_for_character(guide, passages):
    headings = [section.headings["en"] for section in guide.sections if section.headings["en"]]
    waiting = [guide.titles["en"], *headings]
    sentences = [passage.source_text for passage in passages]
    rest = ORIGINAL.strip()
    while rest:
        if sentences and rest.startswith(sentences[0]):
            piece = sentences.pop(0)
        else:
            piece = next(line for line in waiting if rest.startswith(f"{line}\n"))
            waiting.remove(piece)
        rest = rest[len(piece) :].lstrip()
    assert sentences == waiting == []


def test_every_sentence_is_in_its_section(guide):
    found = {
        section.id: " ".join(passage.id for passage in section.passages)
        for section in guide.sections
        if section.body == "present"
    }
    assert found == SECTION_OF


def test_headings_without_text_are_there_and_answer_nothing(guide, clinic_library):
    empty = [section for section in guide.sections if section.body == "none"]
    assert {section.headings["en"] for section in empty} == WITHOUT_BODY
    assert all(clinic_library.passages(section.id) == () for section in empty)
    assert "s09" not in {passage.id for passage in clinic_library.answerable()}
    assert clinic_library.passages("how_performed") == ()


def test_the_clinics_sentences_are_published_everything_else_waits_for_approval(passages):
    for passage in passages:
        for language, wording in passage.wordings.items():
            expected = "published" if language == "en" else "draft"
            assert wording.verbatim.approval.state == expected
            assert wording.plain is None or wording.plain.approval.state == "draft"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_answer_exists_in_every_language(language, clinic_library, guide):
    assert language in guide.titles
    for section in guide.sections:
        assert section.titles[language]
        assert bool(section.headings[language]) == bool(section.headings["en"])
    for passage in clinic_library.answerable():
        assert passage.wording(language).verbatim
        assert passage.wording(language).plain


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_answer_has_enough_questions(language, clinic_library):
    few = {
        passage.id: len(passage.questions[language])
        for passage in clinic_library.answerable()
        if len(passage.questions[language]) < FEWEST_QUESTIONS[language]
    }
    assert few == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_question_is_asked_twice(language, passages):
    every = Counter(
        normal_question(question)
        for passage in passages
        for question in passage.questions[language]
    )
    assert [question for question, times in every.items() if times > 1] == []


def test_plain_english_needs_eight_years_of_school_at_most(clinic_library):
    grades = {
        passage.id: flesch_kincaid_grade(passage.wording("en").plain.text)
        for passage in clinic_library.answerable()
    }
    assert {name: grade for name, grade in grades.items() if grade > 8} == {}


NUMBER_WORDS = {
    "en": "two three four five six seven eight nine ten twice days weeks months hours",
    "es": "dos tres cuatro cinco seis siete ocho nueve diez semanas meses horas",
    "fr": "deux trois quatre cinq six sept huit neuf dix semaines mois heures",
}
IN_THE_GUIDE = {("s21", "days"), ("s05", "deux")}  # first days; binocular


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_says_a_number_the_guide_does_not(language, passages):
    forbidden = set(NUMBER_WORDS[language].split())
    for passage in passages:
        wording = passage.wording(language)
        for text in filter(None, (wording.verbatim, wording.plain)):
            words = re.findall(r"\w+", text.text.lower())
            figures = {word for word in words if word.isdigit()}
            assert figures <= set(re.findall(r"\d+", passage.source_text))
            said = {(passage.id, word) for word in words if word in forbidden}
            assert said <= IN_THE_GUIDE
