"""Misspelled words read as the word that was meant, real words left alone."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import takewhile

from bot.triage.word_sets import Shortened

_ONE_FROM = 5
_TWO_FROM = 8
_LONGEST = 18
_FORMS = frozenset({"", "s", "e", "es", "a", "o", "as", "os", "n"})
_RUN = re.compile(r"(\w)\1{2,}")
_LEET = str.maketrans("013457@$", "oieastas")


class Speller:
    """Maps an unknown word to the known words within one or two slips of the fingers.

    A slip is a letter left out, added, replaced or swapped with its neighbour; of two slips, one
    must not be a letter left out. Words shorter than five letters are left alone, words from eight
    letters may have two slips. A common word of the message's language is only read as another
    form of itself ("swellings" as "swelling").
    """

    def __init__(
        self,
        known: Iterable[str],
        real_words: Iterable[str],
        common: Mapping[str, Container[str]] | None = None,
    ) -> None:
        self._known = frozenset(known)
        self._real = frozenset(real_words)
        self._common = dict(common or {})
        self._shortened = Shortened(
            word for word in self._known if len(word) >= _ONE_FROM and word.isalpha()
        )
        self.correct = lru_cache(maxsize=8192)(self._correct)

    def _correct(self, word: str, languages: frozenset[str] = frozenset()) -> tuple[str, ...]:
        """The words that `word` may stand for; empty when it is known, real or like nothing.

        `languages` are those of the message it stands in.
        """
        if self._fine(word) or len(word) > _LONGEST or len(word) < _ONE_FROM - 1:
            return ()
        if any(word in self._common.get(language, ()) for language in languages):
            return tuple(near for near in self._nearest(word) if _same_word(word, near))
        for variant in _variants(word):
            if self._fine(variant):
                return (variant,) if variant in self._known else ()
        return self._nearest(word) or self._apart(word)

    def _fine(self, word: str) -> bool:
        return word in self._known or word in self._real

    def _nearest(self, word: str) -> tuple[str, ...]:
        if len(word) < _ONE_FROM or not word.isalpha():
            return ()
        limit = _slips(len(word))
        scored = sorted(
            (distance, near[0] != word[0], near)
            for near in self._shortened.like(word, limit)
            if (distance := slips(word, near, limit)) <= min(limit, _slips(len(near)))
        )
        return tuple(near for found, other, near in scored if (found, other) == scored[0][:2])

    def _apart(self, word: str) -> tuple[str, ...]:
        """Two known words run together count as both."""
        for cut in range(4, len(word) - 3):
            if word[:cut] in self._known and word[cut:] in self._known:
                return word[:cut], word[cut:]
        return ()


def _same_word(word: str, other: str) -> bool:
    """Whether two words differ in an ending of number or gender alone."""
    stem = _alike(word, other)
    return {word[stem:], other[stem:]} <= _FORMS


def _slips(length: int) -> int:
    return 2 if length >= _TWO_FROM else 1


def _variants(word: str) -> Iterator[str]:
    """Letters held down too long, and digits that stand for letters."""
    plain = word.translate(_LEET) if not word.isalpha() and not word.isdigit() else word
    yield plain
    yield _RUN.sub(r"\1\1", plain)
    yield _RUN.sub(r"\1", plain)


def slips(left: str, right: str, limit: int) -> int:
    """How many slips turn one word into the other; more than `limit` counts as limit + 1."""
    if abs(len(left) - len(right)) > limit:
        return limit + 1
    left, right = _differing(left, right)
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, char in enumerate(left, start=1):
        older, before = before, row
        row = [i]
        for j, other in enumerate(right, start=1):
            cost = min(before[j] + 1, row[-1] + 1, before[j - 1] + (char != other))
            if older and j > 1 and char == right[j - 2] and left[i - 2] == other:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]


def _differing(left: str, right: str) -> tuple[str, str]:
    """Both words without what they begin and end with alike."""
    start = _alike(left, right)
    left, right = left[start:], right[start:]
    end = _alike(left[::-1], right[::-1])
    return left[: len(left) - end], right[: len(right) - end]


def _alike(left: str, right: str) -> int:
    """How many letters the two begin with alike."""
    pairs = zip(left, right, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
