"""Pain told as numbers that rise from day to day: "3/10 on Monday, 5 Wednesday, 8 today"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.triage.text import Words, fold

_MOST = 10
_NEAR = 3
"""Words between a score and its day."""


@dataclass(frozen=True)
class Rise:
    """Scores that rise, and the words from the first to the last."""

    low: int
    high: int
    first: int
    last: int


@dataclass(frozen=True)
class _Score:
    value: int
    first: int
    last: int


class PainScores:
    """Finds rising scores; `data` is the section `pain_scores` of tiers.yml.

    Two points of ten are the smallest difference that matters to patients (Farrar 2001).
    """

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._rise, self._at_least = int(data["rise"]), int(data["at_least"])
        self._context = frozenset(map(fold, data["context"]))
        self._times = frozenset(map(fold, data["times"]))
        self._joins = frozenset(map(fold, data["joins"]))

    def find(self, words: Words) -> Rise | None:
        """The first and the last score, when the last is the highest and clearly higher."""
        if not self._context & set(words.words):
            return None
        scores = self._scores(words)
        if len(scores) < 2 or scores[-1].value < max(score.value for score in scores):  # noqa: PLR2004
            return None
        first, last = scores[0], scores[-1]
        if last.value < self._at_least or last.value - first.value < self._rise:
            return None
        return Rise(first.value, last.value, first.first, last.last)

    def _scores(self, words: Words) -> list[_Score]:
        """Every score that has its day; a bare number counts once one was written out of ten."""
        found: list[_Score] = []
        place = 0
        while place < len(words):
            score = self._out_of_ten(words, place) or (found and self._bare(words, place)) or None
            if score and self._has_time(words, score):
                found.append(score)
            place = score.last + 1 if score else place + 1
        return found

    def _out_of_ten(self, words: Words, place: int) -> _Score | None:
        value = _number(words.words[place])
        if value is None:
            return None
        last = place + 1
        while last < len(words) and words.words[last] in self._joins:
            last += 1
        if last >= len(words) or words.words[last] != str(_MOST):
            return None
        between = words.text[words.starts[place] : words.starts[last]]
        written = "/" in between or last > place + 1
        return _Score(value, place, last) if written else None

    def _bare(self, words: Words, place: int) -> _Score | None:
        value = _number(words.words[place])
        return None if value is None else _Score(value, place, place)

    def _has_time(self, words: Words, score: _Score) -> bool:
        low, high = max(0, score.first - _NEAR), min(len(words), score.last + _NEAR + 1)
        return any(words.words[at] in self._times for at in range(low, high))


def _number(word: str) -> int | None:
    value = int(word) if word.isdecimal() and len(word) <= 2 else _MOST + 1  # noqa: PLR2004
    return value if value <= _MOST else None
