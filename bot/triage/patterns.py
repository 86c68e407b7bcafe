"""The small language rules are written in, and the matcher for it.

    my wound .. leak*        words in order; * matches any ending
    <wound> & <leak>         both, in either order, close together; the last one is the sign itself
    cant .. feel ... <leg>   .. up to 3 words between, ... up to 7
    wake_up|woke <pain>?     alternatives, _ for a space inside one, ? for optional

Between neighbours, filler words ("my", "really", "is") are skipped.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from sys import intern

from bot.triage.text import Words, fold

Phrase = tuple[str, ...]
_GAPS = {"..": 3, "...": 7}
_AROUND = 8
_FILLERS_SKIPPED = 3
_REMEMBERED = 20_000
_WORD = re.compile(r"^[\w.🤒🥵🤮🤕]+\*?$")
_CLASS = re.compile(r"^<([a-z_0-9]+)>$")


class PatternError(ValueError):
    """A phrase that does not follow the language."""


@dataclass(frozen=True, slots=True)
class Element:
    """One place in a pattern: any of `phrases`; `gap` words may come before it."""

    phrases: frozenset[Phrase]
    gap: int = 0
    optional: bool = False
    head: bool = False


@dataclass(frozen=True, slots=True)
class Pattern:
    """Elements in order, belonging to whatever `key` names."""

    key: int
    language: str
    elements: tuple[Element, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """Where a pattern was found: first and last word, the head words, the words it used."""

    key: int
    first: int
    last: int
    head: tuple[int, int]
    used: frozenset[int]


def parse_phrase(text: str) -> Phrase:
    """The words of a class entry or alternative; raises PatternError for other characters."""
    words = tuple(map(intern, fold(text.replace("_", " ").replace("-", " ")).split()))
    for word in words:
        if not _WORD.match(word):
            raise PatternError(f"{word!r} is no word")
    if not words:
        raise PatternError("empty phrase")
    return words


def parse(text: str, classes: Mapping[str, frozenset[Phrase]]) -> list[tuple[Element, ...]]:
    """The element sequences that `text` stands for; raises PatternError naming the fault."""
    operands = [_sequence(part.split(), classes) for part in text.split("&")]
    if len(operands) == 1:
        return [_whole_head(operands[0])]
    *others, last = operands
    marked = [*others, _whole_head(last)]
    return [_chain(order) for order in permutations(marked)]


def _whole_head(elements: Sequence[Element]) -> tuple[Element, ...]:
    return tuple(Element(e.phrases, e.gap, e.optional, head=True) for e in elements)


def _chain(operands: Iterable[Sequence[Element]]) -> tuple[Element, ...]:
    chained: list[Element] = []
    for operand in operands:
        first, *rest = operand
        gap = _AROUND if chained else 0
        chained += [Element(first.phrases, gap, head=first.head), *rest]
    return tuple(chained)


def _sequence(items: Sequence[str], classes: Mapping[str, frozenset[Phrase]]) -> list[Element]:
    elements: list[Element] = []
    gap = 0
    for item in items:
        if item in _GAPS:
            gap = _GAPS[item]
            continue
        optional = item.endswith("?")
        elements.append(Element(_alternatives(item.rstrip("?"), classes), gap, optional))
        gap = 0
    if not elements or elements[0].optional or gap:
        raise PatternError("a phrase starts and ends with a word that must be there")
    return elements


def _alternatives(item: str, classes: Mapping[str, frozenset[Phrase]]) -> frozenset[Phrase]:
    first, *others = (_option(option, classes) for option in item.split("|"))
    return first.union(*others) if others else first


def _option(option: str, classes: Mapping[str, frozenset[Phrase]]) -> frozenset[Phrase]:
    name = _CLASS.match(option)
    if name and name[1] not in classes:
        raise PatternError(f"class <{name[1]}> is not defined")
    return classes[name[1]] if name else frozenset({parse_phrase(option)})


@dataclass(frozen=True)
class _Begun:
    """Alternatives that begin with one word, longer ones by their second word."""

    single: tuple[int, ...] = ()
    by_second: Mapping[str, tuple[tuple[Phrase, int], ...]] = field(default_factory=dict)
    by_second_beginning: tuple[tuple[Phrase, int], ...] = ()

    @classmethod
    def of(cls, found: list[tuple[Phrase, int]]) -> _Begun:
        """Most words begin nothing; one object stands for all of them."""
        if not found:
            return _NOTHING
        by_second: dict[str, tuple[tuple[Phrase, int], ...]] = {}
        for phrase, atom in found:
            if len(phrase) > 1 and not phrase[1].endswith("*"):
                by_second[phrase[1]] = (*by_second.get(phrase[1], ()), (phrase, atom))
        return cls(
            tuple(atom for phrase, atom in found if len(phrase) == 1),
            by_second,
            tuple(one for one in found if len(one[0]) > 1 and one[0][1].endswith("*")),
        )

    def longer(self, seconds: tuple[str, ...]) -> Iterator[tuple[Phrase, int]]:
        for second in seconds:
            yield from self.by_second.get(second, ())
        yield from self.by_second_beginning


_NOTHING = _Begun()


@dataclass
class _Atoms:
    """Which alternative sets begin with which word."""

    exact: dict[str, list[tuple[Phrase, int]]] = field(default_factory=lambda: defaultdict(list))
    prefix: dict[str, list[tuple[Phrase, int]]] = field(default_factory=lambda: defaultdict(list))
    _seen: dict[str, _Begun] = field(default_factory=dict)

    def add(self, phrase: Phrase, atom: int) -> None:
        first = phrase[0]
        table = self.prefix if first.endswith("*") else self.exact
        table[first.rstrip("*")].append((phrase, atom))

    def at(self, word: str) -> _Begun:
        """Every alternative that `word` can begin."""
        if word not in self._seen:
            if len(self._seen) >= _REMEMBERED:
                self._seen.clear()
            self._seen[word] = _Begun.of(self._look_up(word))
        return self._seen[word]

    def _look_up(self, word: str) -> list[tuple[Phrase, int]]:
        found = list(self.exact.get(word, ()))
        for length in range(2, len(word) + 1):
            found += self.prefix.get(word[:length], ())
        return found


@dataclass(frozen=True, slots=True)
class _Step:
    """An element as the search needs it: its phrases have become the number of an atom."""

    atom: int
    gap: int
    optional: bool
    head: bool


@dataclass(frozen=True, slots=True)
class _Steps:
    """A pattern as the search needs it; `needed` are the atoms it cannot do without."""

    key: int
    language: str
    steps: tuple[_Step, ...]
    needed: frozenset[int]


Table = list[dict[int, list[int]]]


class PatternMatcher:
    """Finds every pattern in a message in time linear in its length."""

    def __init__(self, patterns: Sequence[Pattern], fillers: Mapping[str, frozenset[str]]) -> None:
        self._fillers = fillers
        self._atoms = _Atoms()
        self._ids: dict[frozenset[Phrase], int] = {}
        self._by_first: dict[int, list[_Steps]] = defaultdict(list)
        same: dict[_Step, _Step] = {}
        for pattern in patterns:
            steps = tuple(same.setdefault(one, one) for one in map(self._step, pattern.elements))
            needed = frozenset(step.atom for step in steps if not step.optional)
            self._by_first[steps[0].atom].append(
                _Steps(pattern.key, pattern.language, steps, needed)
            )

    def _step(self, element: Element) -> _Step:
        return _Step(self._atom(element.phrases), element.gap, element.optional, element.head)

    def _atom(self, phrases: frozenset[Phrase]) -> int:
        if phrases not in self._ids:
            self._ids[phrases] = len(self._ids)
            for phrase in sorted(phrases):
                self._atoms.add(phrase, self._ids[phrases])
        return self._ids[phrases]

    def vocabulary(self) -> Iterator[tuple[str, bool]]:
        """Every word that rules name, and whether it stands for a beginning (`leak*`)."""
        for phrases in self._ids:
            for phrase in phrases:
                for word in phrase:
                    yield word.rstrip("*"), word.endswith("*")

    def find(self, words: Words) -> list[Match]:
        """All matches, at most one per pattern and first word."""
        table = self._table(words)
        present = frozenset(atom for row in table for atom in row)
        search = _Search(words, table, self._fillers)
        matches = []
        live = {
            atom: [pattern for pattern in self._by_first[atom] if pattern.needed <= present]
            for atom in present
            if atom in self._by_first
        }
        for place, row in enumerate(table):
            for atom in row:
                for pattern in live.get(atom, ()):
                    match = search.run(pattern, place)
                    if match:
                        matches.append(match)
        return matches

    def _table(self, words: Words) -> Table:
        table: Table = []
        for place in range(len(words)):
            row: dict[int, list[int]] = {}
            seconds = words.forms(place + 1) if place + 1 < len(words) else ()
            for form in words.forms(place):
                begun = self._atoms.at(form)
                for atom in begun.single:
                    row.setdefault(atom, []).append(place)
                for phrase, atom in begun.longer(seconds):
                    if _follows(phrase, words, place):
                        row.setdefault(atom, []).append(place + len(phrase) - 1)
            table.append(row)
        return table


def _follows(phrase: Phrase, words: Words, place: int) -> bool:
    if place + len(phrase) > len(words):
        return False
    return all(
        any(_is(form, key) for form in words.forms(place + offset))
        for offset, key in enumerate(phrase[1:], start=1)
    )


def _is(word: str, key: str) -> bool:
    return word.startswith(key[:-1]) if key.endswith("*") else word == key


class _Search:
    """The search for one message: backtracks only inside the bounded gaps of a pattern."""

    def __init__(self, words: Words, table: Table, fillers: Mapping[str, frozenset[str]]) -> None:
        self._words = words
        self._table = table
        self._fillers = fillers

    def run(self, pattern: _Steps, place: int) -> Match | None:
        dead: set[tuple[int, int]] = set()
        for end in self._table[place][pattern.steps[0].atom]:
            spans = self._extend(pattern, 1, end, dead)
            if spans is not None:
                return _match(pattern, [(0, place, end), *spans])
        return None

    def _extend(
        self, pattern: _Steps, k: int, last: int, dead: set[tuple[int, int]]
    ) -> list[tuple[int, int, int]] | None:
        if k == len(pattern.steps):
            return []
        if (k, last) in dead:
            return None
        step = pattern.steps[k]
        for place in self._reach(last, step.gap, pattern.language):
            for end in self._table[place].get(step.atom, ()):
                rest = self._extend(pattern, k + 1, end, dead)
                if rest is not None:
                    return [(k, place, end), *rest]
        if step.optional:
            return self._extend(pattern, k + 1, last, dead)
        dead.add((k, last))
        return None

    def _reach(self, last: int, gap: int, language: str) -> Iterator[int]:
        """Places after `last` that an element may start at."""
        costs, words = self._words.costs, self._words.words
        fillers = self._fillers.get(language, frozenset())
        skipped = 0
        for place in range(last + 1, len(words)):
            if costs[place] - costs[last] - skipped > gap + 1:
                break
            yield place
            if words[place] in fillers and skipped < _FILLERS_SKIPPED:
                skipped += 1


def _match(pattern: _Steps, spans: list[tuple[int, int, int]]) -> Match:
    heads = [(first, last) for k, first, last in spans if pattern.steps[k].head]
    used = frozenset(place for _, first, last in spans for place in range(first, last + 1))
    return Match(
        key=pattern.key,
        first=spans[0][1],
        last=spans[-1][2],
        head=(heads[0][0], heads[-1][1]),
        used=used,
    )
