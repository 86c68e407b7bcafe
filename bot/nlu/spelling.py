"""Misspelled words of a question read as the word that was meant.

Vectors of misspelled words are poor. Words are corrected towards those of the guides and the
frequent ones of the language; every word that is at all common in it is left alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from bot.guide import Library
from bot.settings import LOCALES
from bot.triage.dictionary import bins as lists
from bot.triage.spelling import Speller
from bot.triage.spelling_data import Spelling as Slips
from bot.triage.text import fold

WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
RARE, REAL, FREQUENT = 2.0, 3.0, 4.0
"""Zipf frequencies: once in ten million words, in a million, in a hundred thousand."""
CLEARLY = 2.5
"""A rare word is a slip only when what it resembles is this much more frequent."""
ACCENTS = 1.0
"""So much more frequent is the word with accents than what was typed without them."""
IN_A_GUIDE = 2.0
"""How much more likely, in Zipf's measure, a word is when a guide holds it."""
ELIDED = {"fr": ("l", "d", "j", "n", "s", "m", "t", "c", "qu")}
"""Short words that lose their vowel, and in haste their apostrophe: "lanesthesiste"."""
VOWELS = frozenset("aeiouyh")
TWICE = 2
"""A word that stands only once in the guides' questions may be a slip itself."""
HIGHEST, BINS = 9.0, 100
"""wordfreq lists words in bins of a hundredth of Zipf's measure, the commonest first."""


@dataclass(frozen=True)
class Words:
    """The words of one language without accents, each with its usual spelling and frequency."""

    forms: Mapping[str, str]
    weights: Mapping[str, float]
    written: Mapping[str, float]
    """The frequencies with accents and all."""
    speller: Speller
    elided: tuple[str, ...] = ()

    @classmethod
    def of(cls, locale: str, own: Mapping[str, int]) -> Words:
        """From the words of the language and those of the guides."""
        written = _frequencies(locale)
        for word, number in own.items():
            if number >= TWICE:
                written[word] = max(written.get(word, REAL), REAL) + IN_A_GUIDE
        forms: dict[str, str] = {}
        weights: dict[str, float] = {}
        for word in sorted(written, key=lambda one: (-written[one], one)):
            plain = fold(word) if not word.isascii() else word
            forms.setdefault(plain, word)
            weights.setdefault(plain, written[word])
        known = (word for word, weight in weights.items() if weight >= FREQUENT)
        real = (word for word, weight in weights.items() if weight >= REAL)
        return cls(forms, weights, written, Speller(known, real), ELIDED.get(locale, ()))

    def mended(self, word: str) -> str:
        """The word that is meant; the same when it is known or resembles nothing."""
        plain = fold(word)
        own = self.weights.get(plain, 0.0)
        if own >= REAL:
            unusual = plain == word and own - self.written.get(word, 0.0) >= ACCENTS
            return self.forms[plain] if unusual else word
        if apart := self._apart(plain, own):
            return apart
        meant = self.speller.correct(plain)
        if not meant:
            return word
        if "".join(meant) == plain:  # two words run together
            return " ".join(self.forms[one] for one in meant) if own < RARE else word
        best = max(meant, key=lambda one: self.weights[one])
        return word if own >= RARE and self.weights[best] - own < CLEARLY else self.forms[best]

    def _apart(self, plain: str, own: float) -> str:
        """The short word and the one that its apostrophe was left out before; else nothing."""
        for short in self.elided:
            rest = plain.removeprefix(short)
            weight = self.weights.get(rest, 0.0) if rest != plain and rest[:1] in VOWELS else 0.0
            if weight >= RARE and (own < RARE or weight - own >= CLEARLY):
                return f"{short}'{self.forms[rest]}"
        return ""


@dataclass(frozen=True)
class Spelling:
    """Mends a text in the language most of its words belong to."""

    words: Mapping[str, Words]
    slips: Slips

    @classmethod
    def load(cls, triage: Path, guides: Library) -> Spelling:
        """With the words of these guides, and the ways of writing that triage knows."""
        words = {locale: Words.of(locale, _of_guides(guides, locale)) for locale in LOCALES}
        return cls(words, Slips.load(triage))

    def mended(self, text: str) -> str:
        """The text with misspelled words replaced."""
        written = [fold(word) for word in WORD.findall(text)]
        if not written:
            return text
        locale = max(LOCALES, key=lambda one: self._belong(written, one))
        return WORD.sub(lambda found: self._word(found.group(), locale), text)

    def _belong(self, written: Iterable[str], locale: str) -> float:
        weights = self.words[locale].weights
        return sum(weights.get(word, 0.0) for word in written)

    def _word(self, word: str, locale: str) -> str:
        alias = self.slips.aliases.get(locale, {}).get(fold(word))
        return " ".join(alias) if alias else self.words[locale].mended(word)


def _frequencies(locale: str) -> dict[str, float]:
    bins = islice(lists(locale, "large"), int((HIGHEST - RARE) * BINS) + 1)
    return {
        word: HIGHEST - index / BINS
        for index, words in enumerate(bins)
        for word in words
        if WORD.fullmatch(word)
    }


def _of_guides(library: Library, locale: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for passage in library.answerable():
        wording = passage.wording(locale)
        texts = [text.text for text in (wording.verbatim, wording.plain) if text]
        for text in (*texts, *passage.questions.get(locale, ())):
            found.update(WORD.findall(text.lower()))
    return found
