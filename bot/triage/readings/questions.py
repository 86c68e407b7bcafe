"""Asked, feared and imagined signs, and what is told beside a question."""

from __future__ import annotations

from bisect import bisect_left

from bot.triage.readings.cues import (
    NEAR,
    OPENERS,
    RIGHT_BEFORE,
    SENTENCE_FRAME,
    STATED,
    Mention,
    Parsed,
    Place,
)

_FEAR_REACH = 10


class Questions(Parsed):
    """Whether a mention is asked about, feared or imagined."""

    def _hypothetical(self, mention: Mention) -> bool:
        head = mention.match.head[0]
        low = max(self._sentence_range(mention)[0], head - 14)
        clause = self._clauses[head]
        near = [
            cue
            for cue in self._all("hypothetical", mention, low, head)
            if self._clauses[cue.first] == clause and not self._begun_by_a_call(cue, mention)
        ]
        asked = [cue for cue in near if self._all("question_start", mention, cue.first, cue.first)]
        return len(near) > len(asked) or (bool(asked) and not self._told_beside(asked, mention))

    def _begun_by_a_call(self, cue: Place, mention: Mention) -> bool:
        """A call for help ends inside `cue`: "what to do | i have a fever"."""
        calls = self._in_sentence("asks_help", mention)
        return any(cue.first <= place.last < cue.last for place in calls)

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
        return bool(self._all("now", mention, last + 1, last + NEAR))

    def _generic(self, mention: Mention) -> bool:
        if self._personal(mention):
            return False
        low, _ = self._sentence_range(mention)
        starts = self._all("question_start", mention, low, mention.match.head[0])
        asked = [place for place in starts if self._opens(place.first, low)]
        asked += self._in_sentence("generic", mention)
        return bool(asked) and not self._told_beside(asked, mention)

    def _told_beside(self, asked: list[Place], mention: Mention) -> bool:
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
        if mention.spread and any(0 <= first - after < RIGHT_BEFORE for after in ended):
            return True
        if not apart and begin not in ended:
            return False
        stated = (place for kind in STATED for place in self._all(kind, mention, begin, end))
        return any(place.language in self._dominant for place in stated)

    def _between_marks(self, first: int, last: int) -> tuple[int, int]:
        """From the punctuation before the word `first` to that after the word `last`."""
        breaks = self._words.breaks
        low, high = max(0, first - SENTENCE_FRAME), min(len(breaks), last + SENTENCE_FRAME)
        begin = next((at for at in range(first, low, -1) if breaks[at]), low)
        end = next((at for at in range(last + 1, high) if breaks[at]), high)
        return begin, end - 1

    def _calls(self, mention: Mention) -> list[Place]:
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
        return at == sentence_start or bool(self._words.breaks[at]) or before in OPENERS

    def _feared(self, mention: Mention) -> bool:
        first, last = mention.match.head
        feared = any(
            first - _FEAR_REACH <= place.last <= last and not self._parted(place, mention)
            for place in self._all("feared", mention, self._sentence_range(mention)[0], first)
        )
        return feared and not self._told_now(mention)

    def _parted(self, cue: Place, mention: Mention) -> bool:
        """A new clause with a verb of its own begins between `cue` and the mention."""
        first, last = mention.match.head
        if cue.last >= first or self._clauses[cue.last] == self._clauses[first]:
            return False
        begin = bisect_left(self._clauses, self._clauses[first])
        if self._all("turn", mention, begin, begin):
            return True
        return any(self._all(kind, mention, begin, last) for kind in ("verb", "now"))
