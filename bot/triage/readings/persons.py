"""Whose sign it is: the patient's, somebody else's, a thing's or nobody's (a topic)."""

from __future__ import annotations

from bisect import bisect_left

from bot.triage.readings.cues import NEAR, SUBJECT_REACH, Mention, Parsed, Place

_ALONE = 3
_CLAIM_REACH = 6


class Persons(Parsed):
    """Whether a mention is of the patient at all."""

    def _other_person(self, mention: Mention) -> bool:
        begin = mention.match.first
        return any(
            other.last <= begin and self._tells_of(other, mention)
            for other in self._before("other_person", mention, 25)
        )

    def _tells_of(self, other: Place, mention: Mention) -> bool:
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

    def _turns_to_self(self, other: Place, mention: Mention) -> bool:
        """A new clause, in the present and of nobody else."""
        clause = self._clauses[mention.match.head[0]]
        if self._clauses[other.first] == clause or not self._stands_alone(mention):
            return False
        return not self._all("third_person", mention, *self._clause_range(clause))

    def _may_be_patient(self, other: Place, mention: Mention) -> bool:
        """Somebody people write for, in a message that does not set the own case apart."""
        close = self._all("close_person", mention, other.first, other.last)
        low, high = self._sentence_range(mention)
        return bool(close) and not self._all("own_case", mention, low, high + NEAR)

    def _of_a_thing(self, mention: Mention) -> bool:
        """The subject of the clause is a thing, a plant, an animal, a team or a character."""
        return any(
            self._is_subject(place, mention) and not self._owners_beside(owners, place, mention)
            for kind, owners in (("thing", ("patient", "bodily")), ("creature", ("patient",)))
            for place in self._same_clause(kind, mention)
        )

    def _is_subject(self, place: Place, mention: Mention) -> bool:
        """It begins the clause, as written, and no verb or preposition goes before it."""
        begin = bisect_left(self._clauses, self._clauses[place.first])
        if place.last > mention.match.first or place.first - begin > SUBJECT_REACH:
            return False
        if any(at in self._words.variants for at in range(place.first, place.last + 1)):
            return False
        before = range(begin, place.first)
        return not any(
            found.first in before
            for kind in ("verb", "oblique")
            for found in self._all(kind, mention, begin, place.first - 1)
        )

    def _owners_beside(self, kinds: tuple[str, ...], thing: Place, mention: Mention) -> bool:
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
