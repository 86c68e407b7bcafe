"""Checks every data file of triage and says where and how to mend what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from bot.triage import lexicon, schema
from bot.triage.documents import Document, read, schema_problems
from bot.triage.errors import DataError, Problem
from bot.triage.output_check import OutputRules
from bot.triage.policy import Policy
from bot.triage.spelling_data import Spelling
from bot.triage.wording import wording_problems

LANGUAGES = ("en", "es", "fr")
_SHAPES = {
    "lexicon": schema.LEXICON,
    "assertion": schema.ASSERTION,
    "spelling": schema.SPELLING,
    "wording": schema.WORDING,
}


def validate(directory: Path) -> list[Problem]:
    """Every fault in the data files of `directory`; empty when they can be used."""
    problems = [problem for path in _expected(directory) for problem in _file_problems(path)]
    if problems:
        return problems
    for load in (_lexicon, _tiers, _spelling, _output):
        problems += _raised(load, directory)
    return problems + list(_rule_problems(directory))


def _expected(directory: Path) -> Iterator[Path]:
    for kind in _SHAPES:
        for language in LANGUAGES:
            yield directory / f"{kind}.{language}.yml"


def _file_problems(path: Path) -> list[Problem]:
    kind, language, _ = path.name.split(".")
    try:
        document = read(path)
    except DataError as error:
        return [error.problem]
    problems = schema_problems(document, _SHAPES[kind])
    if problems:
        return problems
    if document.data["language"] != language:
        problems = [document.problem(("language",), "is not the language of the file name", "fix")]
    return problems + (wording_problems(document) if kind == "wording" else [])


def _raised(load: Callable[[Path], object], directory: Path) -> list[Problem]:
    try:
        load(directory)
    except DataError as error:
        return [error.problem]
    return []


def _lexicon(directory: Path) -> object:
    return lexicon.load(directory)


def _tiers(directory: Path) -> object:
    return Policy.load(directory / "tiers.yml")


def _spelling(directory: Path) -> object:
    return Spelling.load(directory)


def _output(directory: Path) -> object:
    return OutputRules.load(directory / "output.yml")


def _rule_problems(directory: Path) -> Iterator[Problem]:
    """Rules with the same id, and phrases written twice in one rule."""
    for language in LANGUAGES:
        document = read(directory / f"lexicon.{language}.yml")
        seen: set[str] = set()
        for number, rule in enumerate(document.data["red_flags"]):
            if rule["id"] in seen:
                keys = ("red_flags", number, "id")
                yield document.problem(keys, f"id {rule['id']!r} is used twice", "rename one")
            seen.add(rule["id"])
            yield from _repeated(document, number, rule["phrases"])


def _repeated(document: Document, number: int, phrases: list[str]) -> Iterator[Problem]:
    for place, phrase in enumerate(phrases):
        if phrase in phrases[:place]:
            keys = ("red_flags", number, "phrases", place)
            yield document.problem(keys, f"{phrase!r} stands twice in this rule", "remove one")
