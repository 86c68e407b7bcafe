"""A message with its cues found, and its clauses and list items numbered."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from bot.triage.lexicon import Cue
from bot.triage.patterns import Match
from bot.triage.text import SENTENCE, SEPARATOR, Words

# How far cues reach, in words.
NEGATION_SCOPE = 6
NEAR = 10
AFTERTHOUGHT = 4
RIGHT_BEFORE = 2
SUBJECT_REACH = 4
SENTENCE_FRAME = 40
OPENERS = frozenset(
    ("and", "but", "so", "or", "hi", "hello", "hey", "ok", "y", "pero", "o", "et", "mais", "ou")
)
_QUOTES = re.compile("\"[^\"]+\"|“[^”]+”|«[^»]+»|(?<![\\w])['‘][^'’]+['’](?![\\w])")  # noqa: RUF001
_LONGER = frozenset({"unchanged", "recovered"})
"""Cues that may go on where a protecting one ends ("no different from when I left")."""
_PROTECTING = frozenset({"pseudo", "double_negation", "idiom"})
_NEVER_HIDDEN = _PROTECTING | {"asks_help"}
STATED = ("verb", "past", "past_of_others")
"""Cues that make a statement of the words they stand in."""


@dataclass(frozen=True)
class Mention:
    """A rule that matched, with what the assertion needs to know about it."""

    match: Match
    language: str
    emergency: bool
    measured: bool = False
    """A number was read off; what was said of other things before it says nothing about it."""

    @property
    def spread(self) -> bool:
        """True when the words it used are not all neighbours of the sign itself."""
        return len(self.match.used) > 1


@dataclass(frozen=True)
class Place:
    """Where a cue was found: its kind, first and last word, and language."""

    kind: str
    first: int
    last: int
    language: str


class Parsed:
    """One message with its cues found and its clauses and list items numbered."""

    def __init__(
        self, words: Words, cues: Iterable[tuple[Cue, Match]], used: Iterable[frozenset[int]],
        dominant: frozenset[str],
    ) -> None:  # fmt: skip
        self._words = words
        self._dominant = dominant
        found = [Place(cue.kind, m.first, m.last, cue.language) for cue, m in cues]
        used = list(used)
        self._named = {place for places in used for place in places}
        protected = _protected(found)
        openings = {place.first for place in found if place.kind in _PROTECTING}
        inside_rules = _inside_rules(found, used)
        self._cues: dict[str, list[Place]] = defaultdict(list)
        for place in sorted(found, key=lambda place: (place.first, -place.last)):
            hidden = place.first in protected or place.last in protected
            if place.kind in _LONGER and place.first in openings:
                hidden = place.last in protected
            if place.kind in _NEVER_HIDDEN or not (hidden or place in inside_rules):
                self._cues[place.kind].append(place)
        self._starts = {kind: [p.first for p in places] for kind, places in self._cues.items()}
        self._clauses, self._items = self._segments()
        self._quotations = [found.span() for found in _QUOTES.finditer(words.text)]

    def _segments(self) -> tuple[list[int], list[int]]:
        clause_starts = {place.first for place in self._read_here("clause")}
        subjects = {place.first for place in self._read_here("subject")}
        joins = {place.last + 1 for place in self._read_here("and_list")}
        choices = {place.last + 1 for place in self._read_here("or_list")}
        clauses: list[int] = []
        items: list[int] = []
        clause = item = 0
        for at, mark in enumerate(self._words.breaks):
            soft = mark == SEPARATOR or at in joins
            hard = mark == SENTENCE or at in clause_starts or (soft and at in subjects)
            clause += hard
            item += hard or soft or at in choices
            clauses.append(clause)
            items.append(item)
        return clauses, items

    def _read_here(self, kind: str) -> list[Place]:
        """Cues of the languages the message is in: French "or" and "car" divide no English."""
        return [place for place in self._cues[kind] if place.language in self._dominant]

    def _all(self, kind: str, mention: Mention, low: int, high: int) -> list[Place]:
        """Cues of `kind` that start at a word from `low` to `high`, in a language that counts."""
        starts = self._starts.get(kind, [])
        begin = bisect_left(starts, low)
        end = bisect_left(starts, high + 1)
        languages = self._dominant | {mention.language}
        return [place for place in self._cues[kind][begin:end] if place.language in languages]

    def _sentence_range(self, mention: Mention) -> tuple[int, int]:
        sentences = self._words.sentences
        first = bisect_left(sentences, sentences[mention.match.head[0]])
        last = bisect_left(sentences, sentences[mention.match.head[1]] + 1) - 1
        head = mention.match.head
        return max(first, head[0] - SENTENCE_FRAME), min(last, head[1] + SENTENCE_FRAME)

    def _in_sentence(self, kind: str, mention: Mention) -> list[Place]:
        return self._all(kind, mention, *self._sentence_range(mention))

    def _before(self, kind: str, mention: Mention, reach: int) -> list[Place]:
        head = mention.match.head[0]
        low = max(self._sentence_range(mention)[0], head - reach)
        return [place for place in self._all(kind, mention, low, head) if place.last <= head]

    def _same_clause(self, kind: str, mention: Mention) -> list[Place]:
        clause = self._clauses[mention.match.head[0]]
        return [p for p in self._in_sentence(kind, mention) if self._clauses[p.first] == clause]

    def _near(self, kind: str, mention: Mention, reach: int = NEAR) -> list[Place]:
        first, last = mention.match.head
        low, high = self._sentence_range(mention)
        return self._all(kind, mention, max(low, first - reach), min(high, last + reach))

    def _told_now(self, mention: Mention) -> bool:
        """A word such as "since" or "depuis" may itself begin the next clause."""
        after = bisect_left(self._clauses, self._clauses[mention.match.head[0]] + 1)
        begun = any(place.first == after for place in self._in_sentence("now", mention))
        return begun or bool(self._same_clause("now", mention))

    def _current(self, mention: Mention) -> bool:
        """It is so now: told in the clause itself or right after it ("since today")."""
        clause = self._clauses[mention.match.head[0]]
        after = bisect_left(self._clauses, clause + 1)
        short = bisect_left(self._clauses, clause + 2) - after <= AFTERTHOUGHT
        dated = any(place.first == after for place in self._in_sentence("past_recent", mention))
        return any(
            self._clauses[place.first] == clause or (place.first == after and (short or dated))
            for place in self._in_sentence("now", mention)
        )

    def _personal(self, mention: Mention) -> bool:
        told = [p for kind in ("personal", "now") for p in self._in_sentence(kind, mention)]
        return any(place.language in self._dominant for place in told)

    def _clause_range(self, clause: int) -> tuple[int, int]:
        return bisect_left(self._clauses, clause), bisect_left(self._clauses, clause + 1) - 1

    def _stands_alone(self, mention: Mention, parts: list[int] | None = None) -> bool:
        """The clause (or other part) of the mention is a statement, and not one of the past."""
        numbers = parts or self._clauses
        number = numbers[mention.match.head[0]]
        begin, end = bisect_left(numbers, number), bisect_left(numbers, number + 1) - 1
        if self._all("now", mention, begin, end):
            return True
        if any(self._all(kind, mention, begin, end) for kind in ("past", "past_of_others")):
            return False
        return any(self._all(kind, mention, begin, end) for kind in ("verb", "personal", "patient"))

    def _of_it(self, cue: Place, mention: Mention) -> bool:
        """`cue` speaks of this sign and not of another one that is named beside it."""
        head = mention.match.head[0]
        if self._items[cue.first] == self._items[head]:
            return True
        if mention.measured or self._contrasted(cue, mention):
            return False
        begin, end = self._clause_range(self._clauses[cue.first])
        if self._all("otherwise", mention, begin, end):
            return False
        last = bisect_left(self._items, self._items[cue.last] + 1) - 1
        same = self._clauses[cue.first] == self._clauses[head]
        if same:
            begin = bisect_left(self._items, self._items[cue.first])
        other = self._names_other(begin, last, mention)
        alone = self._stands_alone(mention, self._items if same else self._clauses)
        return not (other and (alone or (same and mention.spread)))

    def _contrasted(self, cue: Place, mention: Mention) -> bool:
        """A new statement begins between them: "I'm better, but the wound is open"."""
        begin, _ = self._clause_range(self._clauses[mention.match.head[0]])
        opening = self._all("turn", mention, begin, begin)
        return cue.last < begin and bool(opening) and not self._lasts(mention)

    def _lasts(self, mention: Mention) -> bool:
        """Its clause tells of what was there before ("still")."""
        clause = self._clauses[mention.match.head[0]]
        return bool(self._all("lasting", mention, *self._clause_range(clause)))

    def _names_other(self, begin: int, end: int, mention: Mention) -> bool:
        own = {self._words.words[at] for at in mention.match.used}
        places = set(range(begin, end + 1)) & self._named - mention.match.used
        for kind in ("complaint", "bodily"):
            places |= {place.last for place in self._all(kind, mention, begin, end)}
        return any(self._words.words[at] not in own for at in places)


def _protected(found: list[Place]) -> set[int]:
    """Words that may not act as any other cue."""
    covered: set[int] = set()
    for place in found:
        if place.kind in _PROTECTING:
            covered.update(range(place.first, place.last + 1))
    return covered


def _inside_rules(found: list[Place], used: Iterable[frozenset[int]]) -> set[Place]:
    """Negators that belong to a symptom ("can't feel"), not to a denial."""
    by_word: dict[int, list[frozenset[int]]] = defaultdict(list)
    for places in used:
        for place in places:
            by_word[place].append(places)
    return {
        cue
        for cue in found
        if cue.kind in {"negation", "resolved", "resolved_before", "negation_after", "improving"}
        and any(
            all(at in places for at in range(cue.first, cue.last + 1))
            for places in by_word.get(cue.first, ())
        )
    }
