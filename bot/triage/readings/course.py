"""The course of a sign: long ago, in care, treated, gone, back, unchanged, improving, past."""

from __future__ import annotations

from bisect import bisect_left

from bot.triage.readings.cues import NEAR, RIGHT_BEFORE, SUBJECT_REACH, Mention, Parsed, Place
from bot.triage.text import SENTENCE

_STORY = 30


class Course(Parsed):
    """Whether a mention is over, known or on the mend."""

    def _past_remote(self, mention: Mention) -> bool:
        remote = self._in_sentence("past_remote", mention)
        return any(self._dates(place, mention) for place in remote) and not self._current(mention)

    def _dates(self, remote: Place, mention: Mention) -> bool:
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
        after = self._all("resolved", mention, last + 1, last + NEAR)
        before = [p for p in self._before("resolved_before", mention, 4) if p.last < first]
        told = [p for p in after if self._close(p, last) and not self._asked(p)]
        same = [p for p in told if self._of_it(p, mention)]
        return bool(before or same) and not self._worse(mention)

    def _asked(self, cue: Place) -> bool:
        """The words of `cue` are themselves a question: "..., ça passe tout seul ?"."""
        sentence, item = self._words.sentences[cue.last], self._items[cue.last]
        ends = self._items[bisect_left(self._words.sentences, sentence + 1) - 1] == item
        opens = cue.first - bisect_left(self._items, item) < RIGHT_BEFORE
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

    def _about(self, cue: Place, mention: Mention) -> bool:
        """In the same sentence or opening the next, no other sign being named between."""
        last = mention.match.head[1]
        sentences = self._words.sentences
        apart = sentences[cue.first] - sentences[last]
        begin = bisect_left(sentences, sentences[cue.first])
        if apart > 1 or (apart and cue.first - begin > SUBJECT_REACH):
            return False
        between = set(range(last + 1, cue.first)) & self._named
        for place in self._all("under_care", mention, last, cue.first):
            between -= set(range(place.first, place.last + 1))
        return all(self._clauses[at] == self._clauses[last] for at in between)

    def _relapse(self, cue: Place, mention: Mention, end: int) -> bool:
        """Something is said of now after the end of the spell, if only by "again"."""
        return any(
            not (place.first == place.last == cue.last + 1 and self._closes(place))
            for kind in ("now", "worse", "affirms")
            for place in self._all(kind, mention, cue.last + 1, end)
        )

    def _closes(self, place: Place) -> bool:
        """It goes on with the words before it and ends the sentence ("singing again now")."""
        after, breaks = place.last + 1, self._words.breaks
        return not breaks[place.first] and (after == len(breaks) or breaks[after] == SENTENCE)

    def _told_until(self, cue: Place, mention: Mention) -> bool:
        """The sign is told as one of now, in its clause and before `cue`."""
        clause = self._clauses[mention.match.head[0]]
        now = self._in_sentence("now", mention)
        return any(self._clauses[p.first] == clause and p.last < cue.first for p in now)

    def _close(self, cue: Place, last: int) -> bool:
        return self._words.sentences[cue.first] - self._words.sentences[last] <= 1

    def _unchanged(self, mention: Mention) -> bool:
        return self._said_of_it("unchanged", mention) and not self._worse(mention)

    def _improving(self, mention: Mention) -> bool:
        near = [p for p in self._near("improving", mention) if not self._greets(p, mention)]
        return any(self._of_it(p, mention) for p in near) and not self._worse(mention)

    def _greets(self, cue: Place, mention: Mention) -> bool:
        """General good news before a statement of its own: "better than yesterday, I have ..."."""
        clause = self._clauses[mention.match.head[0]]
        before = self._clauses[cue.last] < clause
        return before and self._stands_alone(mention) and not self._lasts(mention)

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
