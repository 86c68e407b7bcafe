"""Signs in the words of a leaflet, a form or somebody else."""

from __future__ import annotations

from bot.triage.readings.cues import SENTENCE_FRAME, STATED, Mention, Parsed, Place

_PAPER_REACH = 30
_PAPER_AFTER = 10


class Quotations(Parsed):
    """Whether a mention is quoted."""

    def _quoted(self, mention: Mention) -> bool:
        cues = self._before("quoted", mention, SENTENCE_FRAME)
        if any(not self._owned(cue, mention) for cue in cues):
            return True
        return self._in_quotes(mention)

    def _owned(self, cue: Place, mention: Mention) -> bool:
        """The patient speaks of the own body, between `cue` and the mention or right after it."""
        end = max(mention.match.head[1], mention.match.last)
        if any(self._all(kind, mention, cue.last + 1, end) for kind in ("personal", "now")):
            return True
        clause = self._clauses[mention.match.head[0]]
        if self._clauses[cue.last] == clause:
            return False
        begin, end = self._clause_range(clause)
        kinds = ["patient", *(STATED if self._done_with(cue, begin, mention) else ())]
        own = any(self._all(kind, mention, begin, end) for kind in kinds)
        return own or self._told_now(mention)

    def _done_with(self, cue: Place, begin: int, mention: Mention) -> bool:
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
