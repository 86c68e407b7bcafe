"""Whether a mention counts: escalate unless an explicit cue of short scope covers it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable

from bot.triage.readings.course import Course
from bot.triage.readings.cues import NEAR, NEGATION_SCOPE, Mention
from bot.triage.readings.denial import Denials
from bot.triage.readings.persons import Persons
from bot.triage.readings.questions import Questions
from bot.triage.readings.quotation import Quotations
from bot.triage.readings.rest import Rest

_FRAMES = frozenset({"idiom", "hypothetical", "generic", "other_person", "quoted", "question"})
"""Readings that "and that someone is me" takes back."""


class Reading(Denials, Persons, Questions, Quotations, Course, Rest):
    """The readings of one message, in their order of precedence."""

    def assertion(self, mention: Mention) -> str:
        """The name of the first reading that fits; `present` when none does."""
        reading = self._first_fitting(mention)
        if reading in _FRAMES and self._own_after_all(mention):
            return "present"
        return reading

    def _first_fitting(self, mention: Mention) -> str:
        if self._idiom(mention):
            return "idiom"
        if self._near("double_negation", mention, NEGATION_SCOPE):
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
        near = self._all("idiom", mention, first - NEAR, last)
        return any(p.first <= last and first <= p.last for p in near)
