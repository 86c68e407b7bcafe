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
_STORY = 30
_FEAR_REACH = 10
_AFTERTHOUGHT = 4
_ALONE = 3
_RIGHT_BEFORE = 2
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
_LONGER = frozenset({"unchanged", "recovered"})
"""Cues that may go on where a protecting one ends ("no different from when I left")."""
_PROTECTING = frozenset({"pseudo", "double_negation", "idiom"})
_STATED = ("verb", "past", "past_of_others")
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
        used = list(used)
        self._named = {place for places in used for place in places}
        protected = _protected(found)
        openings = {place.first for place in found if place.kind in _PROTECTING}
        inside_rules = _inside_rules(found, used)
        self._cues: dict[str, list[_Place]] = defaultdict(list)
        for place in sorted(found, key=lambda place: (place.first, -place.last)):
            hidden = place.first in protected or place.last in protected
            if place.kind in _LONGER and place.first in openings:
                hidden = place.last in protected
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

    # -- what is left of a passage ------------------------------------------------------

    def rest(self, start: int, end: int, settled: Iterable[tuple[int, int]]) -> str:
        """The text from `start` to `end` without the list items that hold a settled mention."""
        cut = {item for span in settled for item in self._items_of(*span)}
        cut |= {item for first in cut for item in self._denied_with(first)}
        kept = [at for at in self._between_places(start, end) if self._items[at] not in cut]
        while kept and self._words.words[kept[0]] in _OPENERS:
            del kept[0]
        return self._written(kept)

    def _between_places(self, start: int, end: int) -> range:
        words = self._words
        return range(bisect_left(words.starts, start), bisect_left(words.starts, end))

    def _items_of(self, start: int, end: int) -> set[int]:
        return {self._items[at] for at in self._between_places(start, end)}

    def _denied_with(self, item: int) -> range:
        """Further items of an "... or ..." list that `item` begins ("no fever, aches or rash")."""
        first, last = bisect_left(self._items, item), len(self._items)
        after = bisect_left(self._items, item + 1)
        clause_end = bisect_left(self._clauses, self._clauses[first] + 1)
        begun = [p.first for p in self._read_here("or_list") if after - 1 <= p.first < clause_end]
        if not begun:
            return range(0)
        told = [
            place.first
            for kind in ("verb", "subject", "now")
            for place in self._read_here(kind)
            if after <= place.first < clause_end
        ]
        stop = min([clause_end, last, *told])
        return range(item + 1, self._items[stop - 1] + (stop == clause_end))

    def _written(self, places: list[int]) -> str:
        """The words at `places` as they were written, a full stop where some were left out.

        A single word between two gaps says nothing.
        """
        pieces, begin = [], 0
        for at in range(1, len(places) + 1):
            if at == len(places) or places[at] != places[at - 1] + 1:
                span = self._words.span(places[begin], places[at - 1])
                pieces += [self._words.text[slice(*span)]] * (at - begin > 1)
                begin = at
        return ". ".join(pieces)

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
            ("present", self._relapsed),
            ("recovered", self._recovered),
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
            if self._spent(cue, mention):
                return False
            return head - cue.last <= scope or 0 < mention.match.first - cue.last <= _RIGHT_BEFORE
        return self._list_goes_on(cue, mention)

    def _spent(self, cue: _Place, mention: Mention) -> bool:
        """The last of several denials has its sign: "no fever no chills wound leaking"."""
        item, first = self._items[cue.first], mention.match.first
        denials = self._all("negation", mention, first - 2 * _NEGATION_SCOPE, first - 1)
        apart = [p for p in denials if self._items[p.first] == item and p.first != cue.first]
        if not mention.spread or not apart:
            return False
        return cue.last + 1 < first and not self._all("or_list", mention, cue.last, first)

    def _list_goes_on(self, cue: _Place, mention: Mention) -> bool:
        head = mention.match.head[0]
        item_start = bisect_left(self._items, self._items[head])
        cue_item_end = bisect_left(self._items, self._items[cue.last] + 1)
        if cue_item_end - cue.last > _LIST_ITEM or head - item_start > _NEGATION_SCOPE:
            return False
        if mention.measured or head - cue.last > _LIST_ITEM * 4:
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
        head = mention.match.head[1]
        said = self._in_sentence("affirms", mention) + [
            place
            for place in self._all("affirms", mention, head, head + _AFFIRMED_WITHIN)
            if place.first - head <= _AFFIRMED_WITHIN
        ]
        return any(not self._says_it_ended(place, mention) for place in said)

    def _says_it_ended(self, cue: _Place, mention: Mention) -> bool:
        """The words go on to an end or to ease: "but it is gone", "but it has settled"."""
        ends = (
            place
            for kind in ("resolved", "improving")
            for place in self._all(kind, mention, cue.first, cue.last + _AFTERTHOUGHT)
        )
        return any(place.last > cue.last >= place.first - 1 for place in ends)

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
        if self._turns_to_self(other, mention):
            return False
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

    def _turns_to_self(self, other: _Place, mention: Mention) -> bool:
        """A new clause, in the present and of nobody else."""
        clause = self._clauses[mention.match.head[0]]
        if self._clauses[other.first] == clause or not self._stands_alone(mention):
            return False
        return not self._all("third_person", mention, *self._clause_range(clause))

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
        """Words for the patient in the clause; "my son" in "my son's car" is none."""
        end = max(mention.match.last, mention.match.head[1])
        return any(
            not thing.first <= place.first <= thing.last
            and (place.first > thing.last or (kind == "bodily" and place.first != thing.first - 1))
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
        clause = self._clauses[head]
        cues = self._all("hypothetical", mention, low, head)
        near = [cue for cue in cues if self._clauses[cue.first] == clause]
        asked = [cue for cue in near if self._all("question_start", mention, cue.first, cue.first)]
        return len(near) > len(asked) or (bool(asked) and not self._told_beside(asked, mention))

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
        clause = self._clauses[mention.match.head[0]]
        if self._clauses[cue.last] == clause:
            return False
        begin, end = self._clause_range(clause)
        kinds = ["patient", *(_STATED if self._done_with(cue, begin, mention) else ())]
        own = any(self._all(kind, mention, begin, end) for kind in kinds)
        return own or self._told_now(mention)

    def _done_with(self, cue: _Place, begin: int, mention: Mention) -> bool:
        """What is quoted ends before `begin`: "what does it mean, ...", "it says to call, ..."."""
        if not self._words.breaks[begin]:
            return False
        asked = self._all("question_start", mention, cue.first, cue.first)
        called = self._all("asks_help", mention, cue.first, begin)
        ends = {place.last + 1 for place in called} | ({cue.last + 1} if asked else set())
        return begin in ends

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
        if self._all("turn", mention, begin, begin):
            return True
        return any(self._all(kind, mention, begin, last) for kind in ("verb", "now"))

    def _personal(self, mention: Mention) -> bool:
        told = [p for kind in ("personal", "now") for p in self._in_sentence(kind, mention)]
        return any(place.language in self._dominant for place in told)

    def _normal_question(self, mention: Mention) -> bool:
        """Whether a sign is normal; not "my foot drops, is that normal"."""
        clause = self._clauses[mention.match.head[0]]
        asked = self._in_sentence("normal_question", mention)
        _, last = self._clause_range(clause)
        inverted = not self._words.breaks[last] and self._all("verb", mention, last, last)
        if self._stands_alone(mention) and not inverted:
            asked = [place for place in asked if self._clauses[place.first] == clause]
        return bool(asked) and not self._personal(mention) and not self._goes_on(mention)

    def _goes_on(self, mention: Mention) -> bool:
        """The next words after the sentence tell that it is happening ("it's new since today")."""
        _, last = self._sentence_range(mention)
        return bool(self._all("now", mention, last + 1, last + _NEAR))

    def _generic(self, mention: Mention) -> bool:
        if self._personal(mention):
            return False
        low, _ = self._sentence_range(mention)
        starts = self._all("question_start", mention, low, mention.match.head[0])
        asked = [place for place in starts if self._opens(place.first, low)]
        asked += self._in_sentence("generic", mention)
        return bool(asked) and not self._told_beside(asked, mention)

    def _told_beside(self, asked: list[_Place], mention: Mention) -> bool:
        """A statement stands beside the question: "what should I do, the wound is open"."""
        first, last = mention.match.first, mention.match.head[1]
        calls = self._calls(mention)
        ended = [place.last + 1 for place in calls if place.last < first]
        begin, end = self._between_marks(first, last)
        begin = max([begin, *ended])
        if any(begin <= place.first <= end for place in asked):
            return False
        apart = bool(self._words.breaks[begin]) or not begin
        if apart and any(not begin <= place.first <= end for place in calls):
            return True
        if mention.spread and any(0 <= first - after < _RIGHT_BEFORE for after in ended):
            return True
        if not apart and begin not in ended:
            return False
        stated = (place for kind in _STATED for place in self._all(kind, mention, begin, end))
        return any(place.language in self._dominant for place in stated)

    def _between_marks(self, first: int, last: int) -> tuple[int, int]:
        """From the punctuation before the word `first` to that after the word `last`."""
        breaks = self._words.breaks
        low, high = max(0, first - _SENTENCE_FRAME), min(len(breaks), last + _SENTENCE_FRAME)
        begin = next((at for at in range(first, low, -1) if breaks[at]), low)
        end = next((at for at in range(last + 1, high) if breaks[at]), high)
        return begin, end - 1

    def _calls(self, mention: Mention) -> list[_Place]:
        """Calls for help in the sentence, but not those that say for what ("... about fever")."""
        return [
            place
            for place in self._in_sentence("asks_help", mention)
            if not any(
                self._all(kind, mention, place.last + 1, place.last + 1)
                for kind in ("oblique", "hypothetical", "question_start")
            )
        ]

    def _opens(self, at: int, sentence_start: int) -> bool:
        """A question word at `at` opens a question, it is not the verb of a statement."""
        before = self._words.words[at - 1] if at else ""
        return at == sentence_start or bool(self._words.breaks[at]) or before in _OPENERS

    def _past_remote(self, mention: Mention) -> bool:
        remote = self._in_sentence("past_remote", mention)
        return any(self._dates(place, mention) for place in remote) and not self._current(mention)

    def _dates(self, remote: _Place, mention: Mention) -> bool:
        """`remote` says when this sign was, not when another one was."""
        head = mention.match.head[0]
        clause = self._clauses[head]
        if self._all("other_person", mention, *self._clause_range(clause)):
            return True
        if clause in {self._clauses[remote.first], self._clauses[remote.last]}:
            return self._of_it(remote, mention)
        if self._contrasted(remote, mention):
            return False
        return not self._stands_alone(mention)

    def _in_care(self, mention: Mention) -> bool:
        return self._said_of_it("in_care", mention) and not self._worse(mention)

    def _said_of_it(self, kind: str, mention: Mention) -> bool:
        return any(self._of_it(place, mention) for place in self._in_sentence(kind, mention))

    def _treated(self, mention: Mention) -> bool:
        return self._said_of_it("treated", mention) and not self._worse(mention)

    def _worse(self, mention: Mention) -> bool:
        """Said of the sign, and not as part of "no different from before"."""
        same = self._in_sentence("unchanged", mention)
        return any(
            not any(p.first < place.first <= p.last for p in same)
            for place in self._in_sentence("worse", mention)
        )

    def _resolved(self, mention: Mention) -> bool:
        first, last = mention.match.head
        after = self._all("resolved", mention, last + 1, last + _NEAR)
        before = [p for p in self._before("resolved_before", mention, 4) if p.last < first]
        told = [p for p in after if self._close(p, last) and not self._asked(p)]
        same = [p for p in told if self._of_it(p, mention)]
        return bool(before or same) and not self._worse(mention)

    def _asked(self, cue: _Place) -> bool:
        """The words of `cue` are themselves a question: "..., ça passe tout seul ?"."""
        sentence, item = self._words.sentences[cue.last], self._items[cue.last]
        ends = self._items[bisect_left(self._words.sentences, sentence + 1) - 1] == item
        opens = cue.first - bisect_left(self._items, item) < _RIGHT_BEFORE
        return ends and opens and sentence in self._words.questions

    def _relapsed(self, mention: Mention) -> bool:
        """It was gone and is back: "went down, tonight it's swollen again"."""
        last = mention.match.head[1]
        end = bisect_left(self._words.sentences, self._words.sentences[last] + 2) - 1
        well = self._all("recovered", mention, last + 1, end)
        return any(
            not any(p.first <= place.last <= p.last for p in well)
            for place in self._all("relapse", mention, last + 1, min(end, last + _STORY))
        )

    def _recovered(self, mention: Mention) -> bool:
        """A spell that is told with its end and with being well ever since.

        An emergency must have been while in hospital, or long ago, to count as such a spell.
        """
        last = mention.match.head[1]
        low, high = self._sentence_range(mention)
        end = bisect_left(self._words.sentences, self._words.sentences[last] + 2) - 1
        told = self._all("recovered", mention, last + 1, last + _STORY)
        well = [p for p in told if self._about(p, mention) and not self._relapse(p, mention, end)]
        if not any(not self._told_until(place, mention) for place in well):
            return False
        kinds = ["under_care", "past_remote"]
        if not mention.emergency:
            kinds += ["spell", "past", "past_of_others"]
        return any(self._all(kind, mention, low, high) for kind in kinds)

    def _about(self, cue: _Place, mention: Mention) -> bool:
        """In the same sentence or opening the next, no other sign being named between."""
        last = mention.match.head[1]
        sentences = self._words.sentences
        apart = sentences[cue.first] - sentences[last]
        begin = bisect_left(sentences, sentences[cue.first])
        if apart > 1 or (apart and cue.first - begin > _SUBJECT_REACH):
            return False
        between = set(range(last + 1, cue.first)) & self._named
        for place in self._all("under_care", mention, last, cue.first):
            between -= set(range(place.first, place.last + 1))
        return all(self._clauses[at] == self._clauses[last] for at in between)

    def _relapse(self, cue: _Place, mention: Mention, end: int) -> bool:
        """Something is said of now after the end of the spell, if only by "again"."""
        return any(
            not (place.first == place.last == cue.last + 1 and self._closes(place))
            for kind in ("now", "worse", "affirms")
            for place in self._all(kind, mention, cue.last + 1, end)
        )

    def _closes(self, place: _Place) -> bool:
        """It goes on with the words before it and ends the sentence ("singing again now")."""
        after, breaks = place.last + 1, self._words.breaks
        return not breaks[place.first] and (after == len(breaks) or breaks[after] == SENTENCE)

    def _told_until(self, cue: _Place, mention: Mention) -> bool:
        """The sign is told as one of now, in its clause and before `cue`."""
        clause = self._clauses[mention.match.head[0]]
        now = self._in_sentence("now", mention)
        return any(self._clauses[p.first] == clause and p.last < cue.first for p in now)

    def _close(self, cue: _Place, last: int) -> bool:
        return self._words.sentences[cue.first] - self._words.sentences[last] <= 1

    def _unchanged(self, mention: Mention) -> bool:
        return self._said_of_it("unchanged", mention) and not self._worse(mention)

    def _improving(self, mention: Mention) -> bool:
        near = self._near("improving", mention)
        return any(self._of_it(p, mention) for p in near) and not self._worse(mention)

    def _of_it(self, cue: _Place, mention: Mention) -> bool:
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

    def _contrasted(self, cue: _Place, mention: Mention) -> bool:
        """A new statement begins between them: "I'm better, but the wound is open"."""
        begin, end = self._clause_range(self._clauses[mention.match.head[0]])
        opening = self._all("turn", mention, begin, begin)
        return cue.last < begin and bool(opening) and not self._all("lasting", mention, begin, end)

    def _names_other(self, begin: int, end: int, mention: Mention) -> bool:
        own = {self._words.words[at] for at in mention.match.used}
        places = set(range(begin, end + 1)) & self._named - mention.match.used
        for kind in ("complaint", "bodily"):
            places |= {place.last for place in self._all(kind, mention, begin, end)}
        return any(self._words.words[at] not in own for at in places)

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

    def _past(self, mention: Mention) -> bool:
        if self._in_sentence("now", mention) or self._in_sentence("past_recent", mention):
            return False
        head = mention.match.head[0]
        item = self._items[mention.match.first]
        apart = mention.measured or mention.spread
        return any(
            place.last < head and (self._items[place.last] == item or not apart)
            for place in self._same_clause("past", mention)
        )


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
