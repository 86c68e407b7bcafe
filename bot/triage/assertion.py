"""Whether a mention counts: escalate unless an explicit cue of short scope covers it."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bot.triage.lexicon import Cue
from bot.triage.patterns import Match
from bot.triage.text import SENTENCE, SEPARATOR, Words

_NEGATION_SCOPE = 6
_STRICT_SCOPE = 4
_LIST_ITEM = 8
_NEAR = 10
_FEAR_REACH = 10
_AFTERTHOUGHT = 4
_ALONE = 3
_CLAIM_REACH = 6
_SUBJECT_REACH = 4
_PAPER_REACH = 30
_PAPER_AFTER = 10
_SENTENCE_FRAME = 40
_OPENERS = frozenset(
    ("and", "but", "so", "or", "hi", "hello", "hey", "ok", "y", "pero", "o", "et", "mais", "ou")
)
_AFFIRMED_WITHIN = 14
_INTERJECTED = frozenset({"no", "nope", "nah"})
_CONCORD = frozenset({"dont", "didnt", "doesnt", "aint", "havent", "hasnt", "hadnt"})
_SAID_TWICE = frozenset({"no", "none", "nothing", "nothin", "nowt", "never"})
_QUOTES = re.compile("\"[^\"]+\"|“[^”]+”|«[^»]+»|(?<![\\w])['‘][^'’]+['’](?![\\w])")  # noqa: RUF001
_FRAMES = frozenset({"idiom", "hypothetical", "generic", "other_person", "quoted", "question"})
"""Readings that "and that someone is me" takes back."""
_PROTECTING = frozenset({"pseudo", "double_negation", "idiom"})


@dataclass(frozen=True)
class Mention:
    """A rule that matched, with what the assertion needs to know about it."""

    match: Match
    language: str
    emergency: bool

    @property
    def spread(self) -> bool:
        """True when the words it used are not all neighbours of the sign itself."""
        return len(self.match.used) > 1


@dataclass(frozen=True)
class _Place:
    kind: str
    first: int
    last: int
    language: str


class Reading:
    """One message with its cues found and its clauses and list items numbered."""

    def __init__(
        self, words: Words, cues: Iterable[tuple[Cue, Match]], used: Iterable[frozenset[int]],
        dominant: frozenset[str],
    ) -> None:  # fmt: skip
        self._words = words
        self._dominant = dominant
        found = [_Place(cue.kind, m.first, m.last, cue.language) for cue, m in cues]
        protected = _protected(found)
        inside_rules = _inside_rules(found, used)
        self._cues: dict[str, list[_Place]] = defaultdict(list)
        for place in sorted(found, key=lambda place: (place.first, -place.last)):
            hidden = place.first in protected or place.last in protected
            if place.kind in _PROTECTING or not (hidden or place in inside_rules):
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

    def _read_here(self, kind: str) -> list[_Place]:
        """Cues of the languages the message is in: French "or" and "car" divide no English."""
        return [place for place in self._cues[kind] if place.language in self._dominant]

    # -- finding cues -------------------------------------------------------------------

    def _all(self, kind: str, mention: Mention, low: int, high: int) -> list[_Place]:
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
        return max(first, head[0] - _SENTENCE_FRAME), min(last, head[1] + _SENTENCE_FRAME)

    def _in_sentence(self, kind: str, mention: Mention) -> list[_Place]:
        return self._all(kind, mention, *self._sentence_range(mention))

    def _before(self, kind: str, mention: Mention, reach: int) -> list[_Place]:
        head = mention.match.head[0]
        low = max(self._sentence_range(mention)[0], head - reach)
        return [place for place in self._all(kind, mention, low, head) if place.last <= head]

    def _same_clause(self, kind: str, mention: Mention) -> list[_Place]:
        clause = self._clauses[mention.match.head[0]]
        return [p for p in self._in_sentence(kind, mention) if self._clauses[p.first] == clause]

    def _told_now(self, mention: Mention) -> bool:
        """A word such as "since" or "depuis" may itself begin the next clause."""
        after = bisect_left(self._clauses, self._clauses[mention.match.head[0]] + 1)
        begun = any(place.first == after for place in self._in_sentence("now", mention))
        return begun or bool(self._same_clause("now", mention))

    def _near(self, kind: str, mention: Mention, reach: int = _NEAR) -> list[_Place]:
        first, last = mention.match.head
        low, high = self._sentence_range(mention)
        return self._all(kind, mention, max(low, first - reach), min(high, last + reach))

    # -- the policy, in order of precedence --------------------------------------------

    def assertion(self, mention: Mention) -> str:
        """The name of the first reading that fits; `present` when none does."""
        reading = self._first_fitting(mention)
        if reading in _FRAMES and self._own_after_all(mention):
            return "present"
        return reading

    def _first_fitting(self, mention: Mention) -> str:
        if self._idiom(mention):
            return "idiom"
        if self._near("double_negation", mention, _NEGATION_SCOPE):
            return "present"
        for name, fits in self._readings():
            if fits(mention):
                return name
        return "uncertain" if self._near("uncertain", mention) else "present"

    def _own_after_all(self, mention: Mention) -> bool:
        """Here or in the next two sentences: "... That someone is me"."""
        sentences = self._words.sentences
        low, _ = self._sentence_range(mention)
        after = bisect_left(sentences, sentences[mention.match.head[1]] + 3) - 1
        return bool(self._all("own_after_all", mention, low, after))

    def _readings(self) -> tuple[tuple[str, Callable[[Mention], bool]], ...]:
        return (
            ("belief_absent", self._believed_absent),
            ("negated", self._negated),
            ("present", self._affirmed),
            ("idiom", self._of_a_thing),
            ("other_person", self._other_person),
            ("hypothetical", self._hypothetical),
            ("quoted", self._quoted),
            ("feared", self._feared),
            ("question", self._normal_question),
            ("generic", self._generic),
            ("unchanged", self._unchanged),
            ("past_remote", self._past_remote),
            ("in_care", self._in_care),
            ("treated", self._treated),
            ("topic", self._topic),
            ("resolved", self._resolved),
            ("improving", self._improving),
            ("past", self._past),
        )

    def _idiom(self, mention: Mention) -> bool:
        first, last = mention.match.head
        near = self._all("idiom", mention, first - _NEAR, last)
        return any(p.first <= last and first <= p.last for p in near)

    def _negated(self, mention: Mention) -> bool:
        if self._answered_no(mention):
            return True
        before = [
            p for p in self._before("negation", mention, 60)
            if not set(range(p.first, p.last + 1)) <= mention.match.used
            and p.last < mention.match.head[0]
        ] + self._between(mention)  # fmt: skip
        reaching = [p for p in before if self._reaches(p, mention)]
        if reaching:
            return not self._two_negators(reaching, mention)
        return self._part_denied(mention)

    def _part_denied(self, mention: Mention) -> bool:
        """A list denies one of the words that the mention joins ("no blood, dressing dry")."""
        head = mention.match.head[0]
        item_start = bisect_left(self._items, self._items[head])
        if self._tells(item_start, mention.match.head[1], mention):
            return False
        return any(
            self._apart(at, head)
            for at in mention.match.used
            for place in self._all("negation", mention, at - 2, at - 1)
            if place.last < at and self._items[place.last] == self._items[at]
        )

    def _apart(self, at: int, head: int) -> bool:
        """Another item of the clause of `head`, or another sentence."""
        if self._words.sentences[at] != self._words.sentences[head]:
            return True
        return self._clauses[at] == self._clauses[head] and self._items[at] != self._items[head]

    def _between(self, mention: Mention) -> list[_Place]:
        """Negators among the words of the mention ("pee without trouble")."""
        first, last = mention.match.first, mention.match.last
        inside = self._all("negation", mention, first + 1, last - 1)
        return [
            p
            for p in inside
            if not {p.first, p.last} & mention.match.used
            and p.first > mention.match.head[0]
            and p.last + 1 in mention.match.used
        ]

    def _two_negators(self, places: list[_Place], mention: Mention) -> bool:
        """English "not ... no" is one yes, but "I don't have no fever" is said for one no.

        Spanish and French double negatives are always one no.
        """
        item = self._items[mention.match.head[0]]
        same = [p for p in places if self._items[p.first] == item and p.language == "en"]
        if len(same) < 2:  # noqa: PLR2004
            return False
        first, second = same[-2:]
        opening, closing = self._words.words[first.first], self._words.words[second.first]
        if opening in _CONCORD and closing in _SAID_TWICE:
            return False
        return 0 < second.first - first.last <= 3 and opening not in {*_INTERJECTED, closing}  # noqa: PLR2004

    def _reaches(self, cue: _Place, mention: Mention) -> bool:
        head = mention.match.head[0]
        if self._clauses[cue.first] != self._clauses[head]:
            return False
        scope = _STRICT_SCOPE if mention.emergency else _NEGATION_SCOPE
        if cue.first > head:
            return True
        if self._items[cue.last] == self._items[head]:
            return head - cue.last <= scope
        return self._list_goes_on(cue, mention)

    def _list_goes_on(self, cue: _Place, mention: Mention) -> bool:
        head = mention.match.head[0]
        item_start = bisect_left(self._items, self._items[head])
        cue_item_end = bisect_left(self._items, self._items[cue.last] + 1)
        if cue_item_end - cue.last > _LIST_ITEM or head - item_start > _NEGATION_SCOPE:
            return False
        if head - cue.last > _LIST_ITEM * 4:
            return False
        if self._chosen(item_start, head, mention) or self._names(cue, item_start, mention):
            return True
        return not mention.spread and not self._tells(item_start, head, mention)

    def _chosen(self, item_start: int, head: int, mention: Mention) -> bool:
        """The item stands in an "... or ..." list."""
        if any(p.last == item_start - 1 for p in self._before("or_list", mention, 12)):
            return True
        later = self._all("or_list", mention, head, head + _LIST_ITEM)
        clause = self._clauses[head]
        open_list = any(self._clauses[p.first] == clause for p in later)
        return open_list and not self._tells(item_start, head, mention)

    def _names(self, cue: _Place, item_start: int, mention: Mention) -> bool:
        """A noun phrase ("loss of strength") in a list that denies everything in it."""
        denied = any(place.first <= cue.last for place in self._before("denies_all", mention, 60))
        head = mention.match.head
        named = denied and self._all("nominal", mention, item_start, head[0])
        own = self._all("personal", mention, item_start, head[1])
        return bool(named) and not own and not self._all("now", mention, item_start, head[1] + 3)

    def _tells(self, item_start: int, head: int, mention: Mention) -> bool:
        """The item is a statement of its own ("leg is numb"), not one more noun."""
        end = bisect_left(self._items, self._items[head] + 1) - 1
        return any(self._all(kind, mention, item_start, end) for kind in ("verb", "subject", "now"))

    def _answered_no(self, mention: Mention) -> bool:
        """Answers such as "fever: no" and "fever? no"."""
        words = self._words
        last = max(mention.match.head[1], mention.match.last)
        for place in self._all("negation_after", mention, last + 1, last + 3):
            after = place.last + 1
            closed = after >= len(words) or bool(words.breaks[after]) or self._is_new(after)
            asked = words.sentences[last] in words.questions
            same = words.sentences[place.first] == words.sentences[last]
            follows = same or (asked and place.first == last + 1)
            if closed and follows:
                return True
        return False

    def _is_new(self, at: int) -> bool:
        return self._clauses[at] != self._clauses[at - 1]

    def _believed_absent(self, mention: Mention) -> bool:
        clause = self._clauses[mention.match.head[0]]
        return any(
            self._clauses[p.first] == clause
            for p in self._before("belief_absent", mention, _NEGATION_SCOPE + 3)
        )

    def _affirmed(self, mention: Mention) -> bool:
        return bool(self._in_sentence("affirms", mention)) or any(
            p.first - mention.match.head[1] <= _AFFIRMED_WITHIN
            for p in self._all(
                "affirms", mention, mention.match.head[1], mention.match.head[1] + _AFFIRMED_WITHIN
            )
        )

    def _other_person(self, mention: Mention) -> bool:
        begin = mention.match.first
        return any(
            other.last <= begin and self._tells_of(other, mention)
            for other in self._before("other_person", mention, 25)
        )

    def _tells_of(self, other: _Place, mention: Mention) -> bool:
        """The mention is what `other` had, and no word says it may be the patient's."""
        never_patient = not self._all("patient_person", mention, other.first, other.last)
        current = self._current if never_patient else self._now_in_sentence
        if current(mention) or self._in_sentence("recent_operation", mention):
            return False
        kinds: tuple[str, ...] = ("past", "past_remote")
        if never_patient:
            kinds = (*kinds, "past_of_others")
        elif self._may_be_patient(other, mention):
            kinds = ("past_remote",)
        told_as_past = any(self._in_sentence(kind, mention) for kind in kinds)
        return told_as_past and not self._own_between(
            other.last + 1, mention, others_count=not never_patient
        )

    def _may_be_patient(self, other: _Place, mention: Mention) -> bool:
        """Somebody people write for, in a message that does not set the own case apart."""
        close = self._all("close_person", mention, other.first, other.last)
        low, high = self._sentence_range(mention)
        return bool(close) and not self._all("own_case", mention, low, high + _NEAR)

    def _of_a_thing(self, mention: Mention) -> bool:
        """The subject of the clause is a thing, a plant, an animal, a team or a character."""
        return any(
            self._is_subject(place, mention) and not self._owners_beside(owners, place, mention)
            for kind, owners in (("thing", ("patient", "bodily")), ("creature", ("patient",)))
            for place in self._same_clause(kind, mention)
        )

    def _is_subject(self, place: _Place, mention: Mention) -> bool:
        """It begins the clause, as written, and no verb or preposition goes before it."""
        begin = bisect_left(self._clauses, self._clauses[place.first])
        if place.last > mention.match.first or place.first - begin > _SUBJECT_REACH:
            return False
        if any(at in self._words.variants for at in range(place.first, place.last + 1)):
            return False
        before = range(begin, place.first)
        return not any(
            found.first in before
            for kind in ("verb", "oblique")
            for found in self._all(kind, mention, begin, place.first - 1)
        )

    def _owners_beside(self, kinds: tuple[str, ...], thing: _Place, mention: Mention) -> bool:
        """Words for the patient in the clause; "my" in "my car" is none."""
        end = max(mention.match.last, mention.match.head[1])
        return any(
            place.first != thing.first - 1 and not thing.first <= place.first <= thing.last
            for kind in kinds
            for place in (
                *self._same_clause(kind, mention), *self._all(kind, mention, thing.last, end)
            )
        )  # fmt: skip

    def _topic(self, mention: Mention) -> bool:
        """The bare name of a disease, with nobody said to have it."""
        first, last = mention.match.first, mention.match.last
        named = self._all("topic", mention, first, last)
        covered = {at for place in named for at in range(place.first, place.last + 1)}
        if not mention.match.used <= covered or len(self._words) <= _ALONE:
            return False
        kinds = ("claim", "uncertain", "worse", "now")
        return not any(self._near(kind, mention, _CLAIM_REACH) for kind in kinds)

    def _own_between(self, start: int, mention: Mention, *, others_count: bool) -> bool:
        """Words for the own body from `start` on; "his" and "she" only when `others_count`."""
        head = max(mention.match.head[1], mention.match.last)
        third = {p.first for p in self._all("third_person", mention, start, head)}
        own = self._all("personal", mention, start, head)
        return any(others_count or place.first not in third for place in own)

    def _now_in_sentence(self, mention: Mention) -> bool:
        return bool(self._in_sentence("now", mention))

    def _current(self, mention: Mention) -> bool:
        """It is so now: told in the clause itself or right after it ("since today")."""
        clause = self._clauses[mention.match.head[0]]
        after = bisect_left(self._clauses, clause + 1)
        short = bisect_left(self._clauses, clause + 2) - after <= _AFTERTHOUGHT
        dated = any(place.first == after for place in self._in_sentence("past_recent", mention))
        return any(
            self._clauses[place.first] == clause or (place.first == after and (short or dated))
            for place in self._in_sentence("now", mention)
        )

    def _hypothetical(self, mention: Mention) -> bool:
        head = mention.match.head[0]
        low = max(self._sentence_range(mention)[0], head - 14)
        return any(
            self._clauses[cue.first] == self._clauses[head]
            for cue in self._all("hypothetical", mention, low, head)
        )

    def _quoted(self, mention: Mention) -> bool:
        cues = self._before("quoted", mention, _SENTENCE_FRAME)
        if any(not self._owned(cue, mention) for cue in cues):
            return True
        return self._in_quotes(mention)

    def _owned(self, cue: _Place, mention: Mention) -> bool:
        """The patient speaks of the own body, between `cue` and the mention or right after it."""
        end = max(mention.match.head[1], mention.match.last)
        if any(self._all(kind, mention, cue.last + 1, end) for kind in ("personal", "now")):
            return True
        new_clause = self._clauses[cue.last] != self._clauses[mention.match.head[0]]
        return new_clause and self._told_now(mention)

    def _in_quotes(self, mention: Mention) -> bool:
        """Words between quotation marks, when a leaflet, form or message is named as well."""
        first, last = mention.match.first, mention.match.last
        start, end = self._words.span(first, last)
        if not any(low <= start and end <= high for low, high in self._quotations):
            return False
        if any(self._all(kind, mention, first, last) for kind in ("personal", "now")):
            return False
        return bool(self._all("paper", mention, first - _PAPER_REACH, last + _PAPER_AFTER))

    def _feared(self, mention: Mention) -> bool:
        first, last = mention.match.head
        feared = any(
            first - _FEAR_REACH <= place.last <= last and not self._parted(place, mention)
            for place in self._all("feared", mention, self._sentence_range(mention)[0], first)
        )
        return feared and not self._told_now(mention)

    def _parted(self, cue: _Place, mention: Mention) -> bool:
        """A new clause with a verb of its own begins between `cue` and the mention."""
        first, last = mention.match.head
        if cue.last >= first or self._clauses[cue.last] == self._clauses[first]:
            return False
        begin = bisect_left(self._clauses, self._clauses[first])
        return any(self._all(kind, mention, begin, last) for kind in ("verb", "now"))

    def _personal(self, mention: Mention) -> bool:
        return any(self._in_sentence(kind, mention) for kind in ("personal", "now"))

    def _normal_question(self, mention: Mention) -> bool:
        asked = self._in_sentence("normal_question", mention)
        return bool(asked) and not self._personal(mention) and not self._goes_on(mention)

    def _goes_on(self, mention: Mention) -> bool:
        """The next words after the sentence tell that it is happening ("it's new since today")."""
        _, last = self._sentence_range(mention)
        return bool(self._all("now", mention, last + 1, last + _NEAR))

    def _generic(self, mention: Mention) -> bool:
        if self._personal(mention):
            return False
        if self._in_sentence("generic", mention):
            return True
        low, _ = self._sentence_range(mention)
        starts = self._all("question_start", mention, low, mention.match.head[0])
        return any(self._opens(p.first, low) for p in starts)

    def _opens(self, at: int, sentence_start: int) -> bool:
        """A question word at `at` opens a question, it is not the verb of a statement."""
        before = self._words.words[at - 1] if at else ""
        return at == sentence_start or bool(self._words.breaks[at]) or before in _OPENERS

    def _past_remote(self, mention: Mention) -> bool:
        remote = self._in_sentence("past_remote", mention)
        return bool(remote) and not self._current(mention)

    def _in_care(self, mention: Mention) -> bool:
        return bool(self._in_sentence("in_care", mention)) and not self._worse(mention)

    def _treated(self, mention: Mention) -> bool:
        return bool(self._in_sentence("treated", mention)) and not self._worse(mention)

    def _worse(self, mention: Mention) -> bool:
        return bool(self._in_sentence("worse", mention))

    def _resolved(self, mention: Mention) -> bool:
        first, last = mention.match.head
        after = self._all("resolved", mention, last + 1, last + _NEAR)
        before = [p for p in self._before("resolved_before", mention, 4) if p.last < first]
        same = [p for p in after if self._close(p, last)]
        return bool(before or same) and not self._worse(mention)

    def _close(self, cue: _Place, last: int) -> bool:
        return self._words.sentences[cue.first] - self._words.sentences[last] <= 1

    def _unchanged(self, mention: Mention) -> bool:
        return bool(self._in_sentence("unchanged", mention)) and not self._worse(mention)

    def _improving(self, mention: Mention) -> bool:
        return bool(self._near("improving", mention)) and not self._worse(mention)

    def _past(self, mention: Mention) -> bool:
        if self._in_sentence("now", mention) or self._in_sentence("past_recent", mention):
            return False
        return any(p.last < mention.match.head[0] for p in self._same_clause("past", mention))


def _protected(found: list[_Place]) -> set[int]:
    """Words that may not act as any other cue."""
    covered: set[int] = set()
    for place in found:
        if place.kind in _PROTECTING:
            covered.update(range(place.first, place.last + 1))
    return covered


def _inside_rules(found: list[_Place], used: Iterable[frozenset[int]]) -> set[_Place]:
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
