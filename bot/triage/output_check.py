"""What no text of the assistant may say: reassurance, a diagnosis, waiting, a promise, a number."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bot.triage import schema
from bot.triage.documents import check as check_schema
from bot.triage.documents import read
from bot.triage.text import fold, fold_with_places

Approved = set[str] | Callable[[str], bool]
DATA = Path(__file__).resolve().parents[2] / "data" / "triage" / "output.yml"
_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")


@dataclass(frozen=True)
class Problem:
    """One thing a text may not say: its kind, the words and where they stand."""

    kind: str
    quote: str
    start: int
    end: int


@dataclass(frozen=True)
class OutputRules:
    """The forbidden phrases of every language and the units that make a number a dose."""

    patterns: Mapping[str, tuple[tuple[str, re.Pattern[str]], ...]]
    units: re.Pattern[str]

    @classmethod
    def load(cls, path: Path = DATA) -> OutputRules:
        """Read output.yml; raises DataError naming the line of a fault."""
        data = check_schema(read(path), schema.OUTPUT).data
        patterns = {
            language: tuple((kind, _any_of(phrases)) for kind, phrases in kinds.items())
            for language, kinds in data["languages"].items()
        }
        units = "|".join(re.escape(fold(unit)) for unit in data["units"])
        return cls(patterns, re.compile(rf"\s*(?:{units})\b"))

    def problems(self, text: str, approved_numbers: Approved, language: str) -> list[Problem]:
        """Everything in `text` that may not be said, in all languages when `language` is new."""
        plain, places = fold_with_places(text)
        known = self.patterns.get(language[:2])
        groups = [known] if known else list(self.patterns.values())
        found = [
            _problem(kind, text, places, match)
            for group in groups
            for kind, pattern in group
            for match in pattern.finditer(plain)
        ]
        return found + self._numbers(text, plain, places, approved_numbers)

    def _numbers(
        self, text: str, plain: str, places: list[int], approved: Approved
    ) -> list[Problem]:
        found = []
        for match in _NUMBER.finditer(plain):
            fits = approved(match.group()) if callable(approved) else match.group() in approved
            if not fits:
                kind = "dose" if self.units.match(plain, match.end()) else "number"
                found.append(_problem(kind, text, places, match))
        return found


def check(text: str, *, approved_numbers: Approved, language: str) -> list[Problem]:
    """Everything in `text` that the assistant may not say; empty for a text that may be sent."""
    return _rules().problems(text, approved_numbers, language)


@lru_cache(maxsize=1)
def _rules() -> OutputRules:
    return OutputRules.load()


def _any_of(phrases: list[str]) -> re.Pattern[str]:
    """One pattern for all phrases; `..` stands for up to three words."""
    options = (
        r"(?:\W+\w+){0,3}\W+".join(
            r"\W+".join(map(re.escape, fold(part).split())) for part in phrase.split("..")
        )
        for phrase in phrases
    )
    return re.compile(rf"\b(?:{'|'.join(options)})\b")


def _problem(kind: str, text: str, places: list[int], match: re.Match[str]) -> Problem:
    start, end = places[match.start()], places[match.end() - 1] + 1
    return Problem(kind, text[start:end], start, end)
