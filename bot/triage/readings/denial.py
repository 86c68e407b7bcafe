"""Denied and affirmed: "no fever", "not a drop", "no ... no", "but it is back"."""

from __future__ import annotations

from bisect import bisect_left

from bot.triage.readings.cues import (
    AFTERTHOUGHT,
    NEGATION_SCOPE,
    RIGHT_BEFORE,
    Mention,
    Parsed,
    Place,
)

_STRICT_SCOPE = 4
_LIST_ITEM = 8
_AFFIRMED_WITHIN = 14
_CONCORD = frozenset({"dont", "didnt", "doesnt", "aint", "havent", "hasnt", "hadnt"})
_SAID_TWICE = frozenset({"no", "none", "nothing", "nothin", "nowt", "never"})


class Denials(Parsed):
    """Whether a mention is denied, and whether a denial is taken back."""

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

    def _between(self, mention: Mention) -> list[Place]:
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

    def _two_negators(self, places: list[Place], mention: Mention) -> bool:
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
        return 0 < second.first - first.last <= 3 and opening not in {"no", closing}  # noqa: PLR2004

    def _reaches(self, cue: Place, mention: Mention) -> bool:
        head = mention.match.head[0]
        if self._clauses[cue.first] != self._clauses[head]:
            return False
        scope = _STRICT_SCOPE if mention.emergency else NEGATION_SCOPE
        if cue.first > head:
            return True
        if self._items[cue.last] == self._items[head]:
            if self._spent(cue, mention):
                return False
            return head - cue.last <= scope or 0 < mention.match.first - cue.last <= RIGHT_BEFORE
        return self._list_goes_on(cue, mention)

    def _spent(self, cue: Place, mention: Mention) -> bool:
        """The last of several denials has its sign: "no fever no chills wound leaking"."""
        item, first = self._items[cue.first], mention.match.first
        denials = self._all("negation", mention, first - 2 * NEGATION_SCOPE, first - 1)
        others = [p for p in denials if self._items[p.first] == item and p.first != cue.first]
        if not mention.spread or not others:
            return False
        return cue.last + 1 < first and not self._all("or_list", mention, cue.last, first)

    def _list_goes_on(self, cue: Place, mention: Mention) -> bool:
        head = mention.match.head[0]
        item_start = bisect_left(self._items, self._items[head])
        cue_item_end = bisect_left(self._items, self._items[cue.last] + 1)
        if cue_item_end - cue.last > _LIST_ITEM or head - item_start > NEGATION_SCOPE:
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

    def _names(self, cue: Place, item_start: int, mention: Mention) -> bool:
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
            for p in self._before("belief_absent", mention, NEGATION_SCOPE + 3)
        )

    def _affirmed(self, mention: Mention) -> bool:
        head = mention.match.head[1]
        said = self._in_sentence("affirms", mention) + [
            place
            for place in self._all("affirms", mention, head, head + _AFFIRMED_WITHIN)
            if place.first - head <= _AFFIRMED_WITHIN
        ]
        return any(not self._says_it_ended(place, mention) for place in said)

    def _says_it_ended(self, cue: Place, mention: Mention) -> bool:
        """The words go on to an end or to ease: "but it is gone", "but it has settled"."""
        ends = (
            place
            for kind in ("resolved", "improving")
            for place in self._all(kind, mention, cue.first, cue.last + AFTERTHOUGHT)
        )
        return any(place.last > cue.last >= place.first - 1 for place in ends)
