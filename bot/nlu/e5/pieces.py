"""Cuts a text into the pieces of a vocabulary: those that are likeliest together.

The unigram model of Kudo (2018), as sentencepiece reads it. The pieces lie in a trie that is
mapped into memory: sentencepiece itself takes 75 MiB in every process for the same vocabulary.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from marisa_trie import Trie

from bot.nlu.e5.weights import Weights

SPACE = "▁"
"""Stands for a space, also for one before the first word."""
LONGEST = 16
"""Characters of the longest piece."""
PENALTY = 10.0
"""How much less likely than the rarest piece a character is that no piece holds."""
TRIE, PLACES = "pieces.trie", "pieces.npy"


@dataclass
class _Best:
    """The best way to cut a text up to some place: its last piece, and how likely it is."""

    likely: float = -math.inf
    start: int = 0
    piece: int = 0


class Pieces:
    """The vocabulary, from the two files that `stored` describes."""

    def __init__(self, directory: Path, weights: Weights) -> None:
        self._trie = Trie().mmap(str(directory / TRIE))
        self._places = np.load(directory / PLACES, mmap_mode="r").data
        self._scores = weights.scores.data
        self._unknown = weights.marks.unknown
        self._rarest = float(weights.scores.min()) - PENALTY

    def cut(self, text: str) -> list[int]:
        """The ids of the pieces; characters that no piece holds are one unknown together."""
        written = "".join(SPACE + word for word in text.split(" ") if word)
        best = [_Best() for _ in range(len(written) + 1)]
        best[0].likely = 0.0
        for start in range(len(written)):
            self._go_on(written, start, best)
        return self._walk_back(best)

    def _go_on(self, written: str, start: int, best: list[_Best]) -> None:
        """Every piece that begins here may be better than the way known to its end."""
        so_far, alone = best[start].likely, False
        for piece, key in self._trie.iter_prefixes_with_ids(written[start : start + LONGEST]):
            place = self._places[key]
            alone = alone or len(piece) == 1
            _better(best[start + len(piece)], so_far + self._scores[place], start, place)
        if not alone:
            _better(best[start + 1], so_far + self._rarest, start, self._unknown)

    def _walk_back(self, best: list[_Best]) -> list[int]:
        found: list[int] = []
        at = len(best) - 1
        while at > 0:
            if best[at].piece != self._unknown or found[-1:] != [self._unknown]:
                found.append(best[at].piece)
            at = best[at].start
        return found[::-1]


def _better(known: _Best, likely: float, start: int, piece: int) -> None:
    if likely > known.likely:
        known.likely, known.start, known.piece = likely, start, piece


def stored(weights: Weights) -> dict[str, bytes]:
    """Names and contents of a vocabulary's files; marks stand for no letters and are left out."""
    marks = weights.marks.all
    known = {piece: place for place, piece in enumerate(weights.pieces()) if place not in marks}
    trie = Trie(known)
    places = np.zeros(len(trie), dtype=np.int32)
    for piece, place in known.items():
        places[trie.key_id(piece)] = place
    content = io.BytesIO()
    np.save(content, places)
    return {TRIE: trie.tobytes(), PLACES: content.getvalue()}
