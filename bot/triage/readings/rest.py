"""What is left of a passage when the mentions that rules have settled are taken out."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

from bot.triage.readings.cues import OPENERS, Parsed


class Rest(Parsed):
    """Cuts settled mentions out of a passage."""

    def rest(self, start: int, end: int, settled: Iterable[tuple[int, int]]) -> str:
        """The text from `start` to `end` without the list items that hold a settled mention."""
        cut = {item for span in settled for item in self._items_of(*span)}
        cut |= {item for first in cut for item in self._denied_with(first)}
        kept = [at for at in self._between_places(start, end) if self._items[at] not in cut]
        while kept and self._words.words[kept[0]] in OPENERS:
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
