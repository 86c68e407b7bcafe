"""A slip of the fingers is read as the word that was meant; a real word stays what it is."""

import pytest

from bot.triage import Level
from bot.triage.dictionary import common_words
from bot.triage.spelling import Speller

FRAMES = {"en": "what does the word {} mean", "es": "qué es eso de {} en la hoja",
          "fr": "que veut dire {} dans la lettre"}  # fmt: skip
WORDS = {"en": "swelling", "es": "fiebre", "fr": "gonflement"}


@pytest.fixture(scope="module")
def speller():
    return Speller(
        ["numb", "leaking", "choking", "cannot", "swelling"],
        ["afebrile"],
        {"en": frozenset({"number", "swellings", "looking"}), "fr": frozenset({"canot"})},
    )


ENGLISH, FRENCH = frozenset({"en"}), frozenset({"fr"})


@pytest.mark.parametrize(
    ("written", "meant"),
    [("leeking", "leaking"), ("lekaing", "leaking"), ("swelllling", "swelling"),
     ("choikng", "choking"), ("canot", "cannot")],
)  # fmt: skip
def test_a_slip_is_mended(speller, written, meant):
    assert speller.correct(written, ENGLISH) == (meant,)


@pytest.mark.parametrize("word", ["number", "looking", "afebrile", "leaking", "xylophone"])
def test_a_real_word_stays(speller, word):
    assert speller.correct(word, ENGLISH) == ()


def test_a_word_of_another_language_is_a_slip_in_this_one(speller):
    assert speller.correct("canot", FRENCH) == ()
    assert speller.correct("canot", ENGLISH) == ("cannot",)


def test_a_common_word_is_still_read_as_its_own_singular(speller):
    assert speller.correct("swellings", ENGLISH) == ("swelling",)


@pytest.mark.parametrize("language", FRAMES)
def test_common_words_are_not_read_as_slips_of_red_flags(triage, language):
    words = sorted(common_words(language))[::5]
    wrong = [
        word
        for word in words
        for decision in [triage.decide(FRAMES[language].format(word))]
        if decision.level >= Level.URGENT
        and any(finding.layer == "spelling" for finding in decision.findings)
    ]
    assert len(wrong) <= len(words) // 1000, wrong


@pytest.mark.parametrize("language", WORDS)
def test_the_words_come_folded(language):
    words = common_words(language)
    assert len(words) > 20_000
    assert all(word.isalpha() and word == word.lower() for word in words)
