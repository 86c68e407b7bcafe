"""A message as all layers read it: its words, slips mended, and what of the lexicon is in it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

from bot.triage.assertion import Reading
from bot.triage.lexicon import Cue, Lexicon, Rule
from bot.triage.patterns import Match
from bot.triage.spelling import Speller
from bot.triage.spelling_data import Spelling
from bot.triage.text import Tokenizer, Words, spoken

_REPEATS = 60
_FOREIGN_LETTERS = 4
_LAST_LATIN = 0x24F
_LOOKED_AT = 2000
"""Characters that are enough to know a script."""


@dataclass(frozen=True)
class Message:
    """One text, read once."""

    text: str
    words: Words
    corrected: Words
    rules: list[tuple[Rule, Match]]
    cues: list[tuple[Cue, Match]]
    reading: Reading
    dominant: frozenset[str]
    """The languages it is in."""

    @property
    def language(self) -> str:
        """One of those the message is in."""
        return min(self.dominant, default="en")

    @property
    def cue_kinds(self) -> set[str]:
        """Kinds of all cues."""
        return {cue.kind for cue, _ in self.cues}

    @property
    def answers(self) -> list[tuple[str, int, int]]:
        """(kind, first word, last word) of every answer cue."""
        return [
            (cue.kind.removeprefix("answer_"), match.first, match.last)
            for cue, match in self.cues
            if cue.kind.startswith("answer_")
        ]

    @property
    def is_unreadable(self) -> bool:
        """Letters of a script that none of the languages is written in."""
        letters = [char for char in self.text[:_LOOKED_AT] if char.isalpha()]
        foreign = sum(ord(char) > _LAST_LATIN for char in letters)
        return foreign >= _FOREIGN_LETTERS and foreign > sum(map(str.isascii, letters))


class Reader:
    """Reads messages with the reviewed lexicon and its spelling."""

    def __init__(self, lexicon: Lexicon, spelling: Spelling) -> None:
        self._lexicon = lexicon
        self._tokenize = Tokenizer(spelling.aliases, lexicon.stopwords)
        self._speller = spelling.speller(lexicon.matcher.vocabulary())

    def read(self, text: str) -> Message:
        """Everything the layers need to know of `text`."""
        words = self._tokenize(text)
        dominant = spoken(words.words, self._lexicon.stopwords)
        corrected = _correct(words, self._speller, dominant)
        rules: list[tuple[Rule, Match]] = []
        cues: list[tuple[Cue, Match]] = []
        for match in self._lexicon.matcher.find(corrected):
            entry = self._lexicon.entries[match.key]
            if isinstance(entry, Rule):
                rules.append((entry, match))
            else:
                cues.append((entry, match))
        reading = Reading(corrected, cues, [match.used for _, match in rules], dominant)
        return Message(text, words, corrected, _bounded(rules), cues, reading, dominant)


def _correct(words: Words, speller: Speller, languages: frozenset[str]) -> Words:
    found = {place: speller.correct(word, languages) for place, word in enumerate(words.words)}
    return replace(words, variants={place: forms for place, forms in found.items() if forms})


def _bounded(rules: list[tuple[Rule, Match]]) -> list[tuple[Rule, Match]]:
    """The first and last matches of each phrase: enough for any message that is not hostile."""
    by_rule: dict[str, list[tuple[Rule, Match]]] = defaultdict(list)
    for rule, match in rules:
        by_rule[rule.id].append((rule, match))
    return [
        item
        for found in by_rule.values()
        for item in (found if len(found) <= 2 * _REPEATS else found[:_REPEATS] + found[-_REPEATS:])
    ]
