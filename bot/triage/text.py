"""From a message to words with their places in it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from bot.triage._spacy import import_spacy

SENTENCE = "."
SEPARATOR = ","
_SENTENCE_MARKS = frozenset(".!?;\n…。؟¿¡")
_BREAK_COST = {"": 0, SEPARATOR: 2, SENTENCE: 3}
_ELISIONS = frozenset(
    ("j", "l", "d", "c", "n", "s", "t", "m", "qu", "jusqu", "lorsqu", "puisqu", "quelqu")
)
_WITH_S = frozenset(  # rules write these without a gap: its, hes, whats
    ("it", "he", "she", "that", "what", "who", "where", "there", "here", "how", "when", "why",
     "let", "something", "everything", "nothing", "everyone", "someone", "this", "one")
)  # fmt: skip
_PUNCTUATION = re.compile(r"[^\w\s]|_")
_PUNCTUATION_END = re.compile(r"(?:[^\w\s]|_)$")
_INFIX = re.compile(r"(?<!\d)[^\w\s]|[^\w\s](?!\d)|_|(?<=\d)[^\w\s.,](?=\d)")
_MARK_RUN = 8
_STORED_STRINGS = 60_000
_LONGEST_WORD = 60
_SPOKEN_SHARE = 0.6
_YES = "sip"
_LIGATURES = {"œ": "oe", "æ": "ae"}  # "cœur", "sœur", "œdème"
_CYRILLIC = "авекмнорстухіјѕһԁԛԝ", "abekmhopctyxijshdqw"
_GREEK = "αεικνορτυχ", "aeikvoptux"
_READ_AS = _LIGATURES | dict(zip(*_CYRILLIC, strict=True)) | dict(zip(*_GREEK, strict=True))
"""Letters that look like ours, from another keyboard or meant to slip past."""


@dataclass(frozen=True)
class Words:
    """The words of one message as parallel lists, with places in the original text.

    `breaks[i]` is the punctuation before word i: "" for none, SEPARATOR or SENTENCE.
    `costs[i]` is the distance of word i from the start, where punctuation counts extra.
    `questions` holds the numbers of the sentences that end with a question mark.
    """

    text: str
    words: list[str]
    starts: list[int]
    ends: list[int]
    breaks: list[str]
    costs: list[int]
    sentences: list[int]
    questions: set[int]
    variants: dict[int, tuple[str, ...]] = field(default_factory=dict)

    def forms(self, place: int) -> tuple[str, ...]:
        """What the word at `place` may be: itself, or the words it may be a misspelling of."""
        return (self.words[place], *self.variants.get(place, ()))

    def __len__(self) -> int:
        return len(self.words)

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Start and end in the original text of the words `first` to `last` (included)."""
        return self.starts[first], max(self.ends[first : last + 1])


@lru_cache(maxsize=4096)
def fold_char(char: str) -> str:
    """One character in lower case, without accents; empty for a bare combining mark."""
    if char in "’‘ʼ`´":  # noqa: RUF001 - the apostrophes people type
        return "'"
    decomposed = unicodedata.normalize("NFKD", char.casefold())
    bare = (part for part in decomposed if not unicodedata.combining(part))
    return "".join(_READ_AS.get(part, part) for part in bare)


def fold(text: str) -> str:
    """`text` in lower case, without accents and apostrophes, as rules are written."""
    return fold_with_places(text)[0]


def fold_with_places(text: str) -> tuple[str, list[int]]:
    """Folded text, and for each of its characters the place it had in `text`."""
    folded: list[str] = []
    places: list[int] = []
    marks = 0
    word_start = 0
    for place, char in enumerate(text):
        plain = fold_char(char)
        if plain == "'":
            before = "".join(folded[max(word_start, len(folded) - 8) :])
            plain = _apostrophe(before, _word_at(text, place + 1))
        wordlike = plain.isalnum() or plain.isspace() or not plain
        marks = 0 if wordlike else marks + 1
        if marks > _MARK_RUN:
            continue  # a run of marks says no more than its first few
        if not plain.isalnum():
            word_start = len(folded) + len(plain)
        folded.extend(plain)
        places.extend([place] * len(plain))
    return "".join(folded), places


def _word_at(text: str, place: int) -> str:
    """The letters from `place` on, in lower case: the first three of them are enough."""
    letters = text[place : place + 3].casefold()
    return letters if letters.isalpha() else re.split(r"[^\w]", letters, maxsplit=1)[0]


def _apostrophe(before: str, after: str) -> str:
    """What an apostrophe becomes: a gap after an elision, a decimal point, or nothing.

    "I'll" becomes "i will", lest it read as ill; "neck's" keeps its word apart from the s.
    """
    if before in _ELISIONS or (after == "s" and before and before not in _WITH_S):
        return " "
    if after == "ll":
        return " wi"
    return "." if before[-1:].isdigit() else ""


Stopwords = Mapping[str, frozenset[str]]
"""The function words of every language."""
Aliases = dict[str, dict[str, tuple[str, ...]]]
"""By language, written forms and the words they stand for ("jai" is "j ai")."""


def spoken(words: Collection[str], stopwords: Stopwords) -> frozenset[str]:
    """Languages whose function words make up the message; all when none is recognised."""
    counts = {
        language: sum(word in known for word in words) for language, known in stopwords.items()
    }
    most = max(counts.values(), default=0)
    return frozenset(
        language for language, count in counts.items() if count >= _SPOKEN_SHARE * most
    )


class Tokenizer:
    """spaCy's rule-based tokeniser over folded text, with our own punctuation rules.

    Aliases are read in messages of their language alone: "da" is "the" in English, not in Spanish.
    """

    def __init__(self, aliases: Aliases, stopwords: Stopwords) -> None:
        self._aliases = aliases
        self._stopwords = stopwords
        self._spacy = import_spacy()
        self._build()

    def _build(self) -> None:
        vocab = self._spacy.blank("xx").vocab
        self._split: Any = self._spacy.tokenizer.Tokenizer(
            vocab,
            prefix_search=_PUNCTUATION.match,
            suffix_search=_PUNCTUATION_END.search,
            infix_finditer=_INFIX.finditer,
        )

    def __call__(self, text: str) -> Words:
        """The words of `text`; punctuation only shows in breaks and costs."""
        if len(self._split.vocab.strings) > _STORED_STRINGS:
            self._build()  # spaCy keeps every string it has seen
        folded, places = fold_with_places(text)
        found = Words(text, [], [], [], [], [], [], set())
        state = _Breaks()
        tokens = list(self._tokens(folded))
        languages = spoken({token for token, _ in tokens}, self._stopwords)
        for token, begin in tokens:
            if state.mark(token, found):
                continue
            start, end = places[begin], places[begin + len(token) - 1] + 1
            for part in _accented(text[start:end]) or self._meant(token, languages):
                state.add(part, found)
                found.starts.append(start)
                found.ends.append(end)
        return found

    def _meant(self, token: str, languages: frozenset[str]) -> tuple[str, ...]:
        for language in reversed(self._aliases):
            if language in languages and token in self._aliases[language]:
                return self._aliases[language][token]
        return (token[:_LONGEST_WORD],)

    def _tokens(self, folded: str) -> Iterator[tuple[str, int]]:
        for token in self._split(folded):
            yield token.text, token.idx


def _accented(written: str) -> tuple[str, ...]:
    """Spanish "sí" means yes; without its accent it would read as "if"."""
    word = unicodedata.normalize("NFC", written[:_LONGEST_WORD]).casefold()
    return (_YES,) if word == "sí" else ()


class _Breaks:
    """Counts sentences and distances while words are collected."""

    def __init__(self) -> None:
        self._cost = self._sentence = 0
        self._break: str = ""

    def mark(self, token: str, found: Words) -> bool:
        """True when `token` is whitespace or punctuation, which is then accounted for."""
        if token.isspace():
            if "\n" in token:
                self._end_sentence()
            return True
        if len(token) > 1 or token.isalnum() or unicodedata.category(token) in {"So", "Sk"}:
            return False
        if token == "?":  # noqa: S105 - a word, no secret
            found.questions.add(self._sentence)
        if token in _SENTENCE_MARKS:
            self._end_sentence()
        else:
            self._break = self._break or SEPARATOR
        return True

    def _end_sentence(self) -> None:
        self._sentence += self._break != SENTENCE
        self._break = SENTENCE

    def add(self, word: str, found: Words) -> None:
        """One more word after whatever break came before it."""
        self._cost += 1 + _BREAK_COST[self._break]
        found.words.append(word)
        found.breaks.append(self._break)
        found.costs.append(self._cost)
        found.sentences.append(self._sentence)
        self._break = ""
