"""Many words in little memory: their hashes, eight bytes each, where a set takes a hundred.

Two words with the same hash of 64 bits count as one: for a list of 100,000 words that happens to
one in 10^14 others.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Container, Iterable, Iterator
from itertools import repeat

import numpy as np


class WordSet(Container[str]):
    """Words that can only be asked for."""

    def __init__(self, words: Iterable[str]) -> None:
        self._hashes = array("q", sorted(set(map(hash, words))))

    def __contains__(self, word: object) -> bool:
        wanted = hash(word)
        place = bisect_left(self._hashes, wanted)
        return place < len(self._hashes) and self._hashes[place] == wanted


class Shortened:
    """Words by what is left of them without one letter."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = sorted(words)
        hashes, owners = array("q"), array("i")
        for number, word in enumerate(self._words):
            left = set(map(hash, shorter(word, 1)))
            hashes.extend(left)
            owners.extend(repeat(number, len(left)))
        found = np.frombuffer(hashes, dtype=np.int64)
        order = np.argsort(found, kind="stable")
        self._hashes = found[order]
        self._owners = np.frombuffer(owners, dtype=np.intc)[order]

    def like(self, word: str, letters: int) -> set[str]:
        """Words that are the same as `word` without one letter of theirs and `letters` of its."""
        left = shorter(word, letters)
        wanted = np.fromiter(map(hash, left), dtype=np.int64, count=len(left))
        first = np.searchsorted(self._hashes, wanted)
        found = self._hashes.take(first, mode="clip") == wanted
        last = np.searchsorted(self._hashes, wanted[found], "right")
        places = zip(first[found].tolist(), last.tolist(), strict=True)
        owners = (owner for start, end in places for owner in self._owners[start:end].tolist())
        return {self._words[owner] for owner in owners}


def shorter(word: str, letters: int) -> set[str]:
    """The word, and what is left of it without up to `letters` (one or two) letters."""
    found = {word, *_without_one(word)}
    if letters > 1:
        for place in range(len(word)):
            start, rest = word[:place], word[place + 1 :]
            found.update(start + left for left in _without_one(rest))
    return found


def _without_one(word: str) -> Iterator[str]:
    return (word[:place] + word[place + 1 :] for place in range(len(word)))
