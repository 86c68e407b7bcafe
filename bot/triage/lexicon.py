"""Rules and cues as a clinician wrote them, ready for the matcher."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.triage import schema
from bot.triage.documents import Document, Keys, check, read
from bot.triage.errors import DataError
from bot.triage.patterns import (
    Element,
    Pattern,
    PatternError,
    PatternMatcher,
    Phrase,
    parse,
    parse_phrase,
)
from bot.triage.text import fold

Classes = Mapping[str, frozenset[Phrase]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One phrase of one red-flag rule."""

    id: str
    category: str
    sign: str
    tier: str
    language: str
    phrase: str
    source: str
    review: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Cue:
    """One phrase that changes what a mention counts for."""

    kind: str
    language: str
    phrase: str


@dataclass(frozen=True)
class Lexicon:
    """Everything that words are matched against; `entries[match.key]` is the rule or cue."""

    entries: tuple[Rule | Cue, ...]
    matcher: PatternMatcher
    stopwords: Mapping[str, frozenset[str]]
    versions: Mapping[str, str]

    def rules(self) -> Iterator[Rule]:
        """The rules alone."""
        return (entry for entry in self.entries if isinstance(entry, Rule))


def load(directory: Path) -> Lexicon:
    """Read every lexicon and assertion file; raises DataError naming file and line."""
    lexicons = _read_all(directory, "lexicon.*.yml", schema.LEXICON)
    assertions = _read_all(directory, "assertion.*.yml", schema.ASSERTION)
    builder = _Builder()
    shared = merged([expand(document) for document in lexicons])
    for document in lexicons:
        builder.add_rules(document, shared)
    for document in assertions:
        builder.add_cues(document)
    return builder.lexicon(_versions(lexicon=lexicons, cues=assertions))


def _read_all(directory: Path, glob: str, shape: dict[str, Any]) -> list[Document]:
    return [check(read(path), shape) for path in sorted(directory.glob(glob))]


def _versions(**documents: list[Document]) -> dict[str, str]:
    return {
        name: " ".join(f"{d.data['language']}:{d.data['version']}+{d.digest}" for d in found)
        for name, found in documents.items()
    }


def expand(document: Document) -> dict[str, frozenset[Phrase]]:
    """The classes of a file with the classes they name resolved; raises DataError."""
    raw: dict[str, list[str]] = document.data.get("classes", {})
    done: dict[str, frozenset[Phrase]] = {}

    def resolve(name: str, trail: tuple[str, ...]) -> frozenset[Phrase]:
        if name in done:
            return done[name]
        keys: Keys = ("classes", trail[-1] if trail else name)
        if name in trail or name not in raw:
            fault = "names itself" if name in trail else "is not defined"
            raise DataError(document.problem(keys, f"class <{name}> {fault}", "mend the name"))
        phrases: set[Phrase] = set()
        for place, item in enumerate(raw[name]):
            if item.startswith("<"):
                phrases |= resolve(item.strip("<>"), (*trail, name))
            else:
                phrases.add(_class_phrase(document, ("classes", name, place), item))
        done[name] = frozenset(phrases)
        return done[name]

    for name in raw:
        resolve(name, ())
    return done


def merged(classes: Iterable[Classes]) -> dict[str, frozenset[Phrase]]:
    """Classes of the same name in several languages as one: people mix languages."""
    together: dict[str, frozenset[Phrase]] = {}
    for group in classes:
        for name, phrases in group.items():
            together[name] = together.get(name, frozenset()) | phrases
    return together


def _class_phrase(document: Document, keys: Keys, item: str) -> Phrase:
    try:
        return parse_phrase(item)
    except PatternError as error:
        raise DataError(document.problem(keys, str(error), "use letters, digits and *")) from error


class _Builder:
    """Collects entries and their patterns."""

    def __init__(self) -> None:
        self._entries: list[Rule | Cue] = []
        self._patterns: list[Pattern] = []
        self._fillers: dict[str, frozenset[str]] = {}
        self._stopwords: dict[str, frozenset[str]] = {}

    def add_rules(self, document: Document, classes: Classes) -> None:
        for number, raw in enumerate(document.data["red_flags"]):
            for place, phrase in enumerate(raw["phrases"]):
                rule = _rule(document.data, raw, place, phrase)
                self._add(rule, document, ("red_flags", number, "phrases", place), classes)

    def add_cues(self, document: Document) -> None:
        classes = expand(document)
        language = document.data["language"]
        self._fillers[language] = frozenset(map(fold, document.data["fillers"]))
        self._stopwords[language] = frozenset(map(fold, document.data["stopwords"]))
        for group in ("cues", "answers"):
            for kind, phrases in document.data[group].items():
                name = kind if group == "cues" else f"answer_{kind}"
                for place, phrase in enumerate(phrases):
                    cue = Cue(name, language, phrase)
                    self._add(cue, document, (group, kind, place), classes)

    def _add(self, entry: Rule | Cue, document: Document, keys: Keys, classes: Classes) -> None:
        try:
            chains: list[tuple[Element, ...]] = parse(entry.phrase, classes)
        except PatternError as error:
            mend = "see the notes on phrases in data/triage/README.md"
            raise DataError(document.problem(keys, f"{entry.phrase!r}: {error}", mend)) from error
        key = len(self._entries)
        self._entries.append(entry)
        self._patterns += [Pattern(key, entry.language, chain) for chain in chains]

    def lexicon(self, versions: Mapping[str, str]) -> Lexicon:
        matcher = PatternMatcher(self._patterns, self._fillers)
        return Lexicon(tuple(self._entries), matcher, self._stopwords, versions)


def _rule(data: Mapping[str, Any], raw: Mapping[str, Any], place: int, phrase: str) -> Rule:
    return Rule(
        id=f"{data['language']}.{raw['id']}.{place + 1}",
        category=raw["category"],
        sign=raw["sign"],
        tier=raw["tier"],
        language=data["language"],
        phrase=phrase,
        source=raw["source"],
        review=raw.get("review", data["review"]),
    )
