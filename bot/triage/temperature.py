"""Body temperatures in every way people write them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.triage.text import Words, fold

_NUMBER = re.compile(r"^(\d{2,3})(?:[.,](\d{1,2}))?(?:o|°)?(c|f)?$")
_DIGIT = re.compile(r"^\d$")
_CELSIUS = (34.0, 43.5)
_FAHRENHEIT = (93.0, 110.0)
_CONTEXT_REACH = 6
_SCALE_LOW, _SCALE_HIGH = 35.0, 41.0


@dataclass(frozen=True)
class Reading:
    """One temperature in degrees Celsius and the words that say it."""

    celsius: float
    first: int
    last: int


@dataclass(frozen=True)
class _Number:
    value: float
    last: int
    decimal: bool
    unit: str


class Thermometer:
    """Finds body temperatures; `data` is the section `temperature` of tiers.yml."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._context = _folded(data["context"])
        self._fever = _folded(data["fever_words"])
        self._units = _folded(data["units"])
        self._other_units = _folded(data["other_units"])
        self._elsewhere = _folded(data["elsewhere"])
        self._halves = [tuple(fold(half).split()) for half in data["halves"]]
        self._points = _folded(data["points"])
        self._tens = {fold(word): value for word, value in data["tens"].items()}
        self._ones = {fold(word): value for word, value in data["ones"].items()}
        self._hundreds = _folded(data["hundreds"])
        self._joins = _folded(data["joins"])

    def find(self, words: Words) -> list[Reading]:
        """Every body temperature in the message."""
        found: list[Reading] = []
        before: _Number | None = None
        place = 0
        while place < len(words):
            number = self._number(words, place)
            if number and before and _is_scale(before, number, place):
                found = [reading for reading in found if reading.last != before.last]
            elif number and (celsius := self._celsius(words, place, number)) is not None:
                found.append(Reading(celsius, place, number.last))
            before = number or before
            place = number.last + 1 if number else place + 1
        return found

    def _number(self, words: Words, place: int) -> _Number | None:
        written = _NUMBER.match(words.words[place])
        if written:
            whole, fraction, unit = written.groups()
            value = float(f"{whole}.{fraction or 0}")
            plain = _Number(value, place, fraction is not None, unit or "")
            return plain if fraction or unit else self._with_fraction(words, plain)
        return self._spoken(words, place)

    def _spoken(self, words: Words, place: int) -> _Number | None:
        """A number in words, as in "thirty eight", "a hundred and one", "trente-huit"."""
        word = words.words[place]
        if word not in self._tens and word not in self._hundreds:
            return None
        value = float(self._tens.get(word, 100))
        last = place
        for after in range(place + 1, min(place + 3, len(words))):
            follower = words.words[after]
            if follower in self._joins:
                continue
            if follower in self._ones:
                value += self._ones[follower]
                last = after
            break
        return self._with_fraction(words, _Number(value, last, decimal=False, unit=""))

    def _with_fraction(self, words: Words, number: _Number) -> _Number:
        after = words.words[number.last + 1 : number.last + 5]
        for half in self._halves:
            if tuple(after[: len(half)]) == half:
                return _Number(number.value + 0.5, number.last + len(half), True, number.unit)
        if after and after[0] in self._points and len(after) > 1:
            tenths = self._tenths(after[1])
            if tenths is not None:
                return _Number(number.value + tenths / 10, number.last + 2, True, number.unit)
        if after and not words.breaks[number.last + 1] and 34 <= number.value <= 43:  # noqa: PLR2004
            tenths = self._tenths(after[0])
            joined = number.last + 2 < len(words) and words.words[number.last + 2]
            if tenths is not None and joined not in self._other_units:
                return _Number(number.value + tenths / 10, number.last + 1, True, number.unit)
        return number

    def _tenths(self, word: str) -> int | None:
        if _DIGIT.match(word):
            return int(word)
        value = self._ones.get(word)
        return int(value) if value is not None and value < 10 else None  # noqa: PLR2004

    def _celsius(self, words: Words, place: int, number: _Number) -> float | None:
        sentence = self._sentence(words, place)
        near = self._near(words, place, number.last)
        follower = next(iter(self._after(words, number.last)), "")
        told = any(word in self._context for word in near)
        if follower in self._other_units and follower not in self._units:
            return None
        if any(word in self._elsewhere for word in sentence) and not self._ill(sentence):
            return None
        unit = number.unit or (follower[:1] if follower in {"c", "f", "oc", "of"} else "")
        measured = bool(unit) or follower in self._units or told
        return _to_celsius(number, unit.lstrip("o"), measured)

    def _ill(self, sentence: list[str]) -> bool:
        return any(word in self._fever for word in sentence)

    def _near(self, words: Words, first: int, last: int) -> Iterator[str]:
        low = max(0, first - _CONTEXT_REACH)
        for at in range(low, min(len(words), last + _CONTEXT_REACH + 1)):
            if abs(words.sentences[at] - words.sentences[first]) <= 1:
                yield words.words[at]

    def _after(self, words: Words, last: int) -> Iterator[str]:
        if last + 1 < len(words):
            yield words.words[last + 1]

    def _sentence(self, words: Words, place: int) -> list[str]:
        low, high = max(0, place - 15), min(len(words), place + 15)
        return [
            words.words[at]
            for at in range(low, high)
            if words.sentences[at] == words.sentences[place]
        ]


def _is_scale(low: _Number, high: _Number, place: int) -> bool:
    """What a thermometer can show ("32 to 42"); nobody's fever spans that."""
    near = place - low.last <= 2  # noqa: PLR2004
    return near and low.value <= _SCALE_LOW and _SCALE_HIGH <= high.value <= _CELSIUS[1]


def _to_celsius(number: _Number, unit: str, measured: bool) -> float | None:
    if _CELSIUS[0] <= number.value <= _CELSIUS[1] and unit != "f":
        bare_decimal = number.decimal and number.value >= 37.5  # noqa: PLR2004
        return number.value if measured or bare_decimal else None
    if _FAHRENHEIT[0] <= number.value <= _FAHRENHEIT[1] and unit != "c":
        return round((number.value - 32) / 1.8, 2) if measured else None
    return None


def _folded(words: list[str]) -> frozenset[str]:
    return frozenset(map(fold, words))
