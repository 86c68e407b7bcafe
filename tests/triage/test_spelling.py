"""A slip of the fingers is read as the word that was meant; a real word stays what it is."""

import pytest
import wordfreq

from bot.triage import Level
from bot.triage.dictionary import bins, common_words
from bot.triage.errors import DataError
from bot.triage.spelling import Speller, slips
from bot.triage.word_sets import Shortened, WordSet

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
    words = set(common_words(language))
    assert len(words) > 20_000
    assert all(word.isalpha() and word == word.lower() for word in words)


@pytest.mark.parametrize(("language", "size"), [("en", "small"), ("es", "small"), ("fr", "large")])
def test_the_lists_are_those_of_the_package(language, size):
    assert list(bins(language, size)) == wordfreq.get_frequency_list(language, size)


def test_a_list_that_is_missing_is_named():
    with pytest.raises(DataError, match=r"small_xx.msgpack.gz.*wordfreq"):
        next(bins("xx", "small"))


def test_a_word_set_knows_its_words_and_no_others():
    common = set(common_words("fr"))
    words = WordSet(common)
    assert all(word in words for word in common)
    assert not any(word + "q" in words for word in common if word + "q" not in common)
    assert "" not in WordSet([])
    assert "anything" not in WordSet([])


def without(word, letters):
    """All that is left of a word without so many letters or fewer, the slow way."""
    left = {word}
    for _ in range(letters):
        left |= {one[:at] + one[at + 1 :] for one in left for at in range(len(one))}
    return left


@pytest.mark.parametrize(
    ("written", "letters"),
    [("swollen", 1), ("swolen", 1), ("swoollen", 1), ("sowllen", 2), ("boulangeri", 2),
     ("incontinance", 2), ("zzzzzz", 2), ("aaaaa", 1)],
)  # fmt: skip
def test_words_are_found_by_what_is_left_of_them(written, letters):
    near = {written, "swollen", "boulangerie", "incontinence", "swell", "woolen", "aaaaaa", "aaa"}
    words = near | set(sorted(common_words("en"))[::40])
    alike = {word for word in words if without(word, 1) & without(written, letters)}
    assert Shortened(words).like(written, letters) == alike


@pytest.mark.parametrize(
    ("written", "meant", "number"),
    [("leaking", "leaking", 0), ("lekaing", "leaking", 1), ("leeking", "leaking", 1),
     ("eaking", "leaking", 1), ("leakings", "leaking", 1), ("elaknig", "leaking", 2),
     ("aaab", "aaba", 1), ("ab", "abcd", 2), ("abcd", "xyzw", 4)],
)  # fmt: skip
def test_slips_are_counted(written, meant, number):
    assert slips(written, meant, 4) == slips(meant, written, 4) == number
