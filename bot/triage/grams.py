"""Words and letter groups of a sentence as numbers: they keep what sentence vectors blur.

Word 1- to 3-grams and letter 2- to 5-grams within words are hashed into buckets, so that no
vocabulary is stored; a pair of grams that shares a bucket costs a little precision.
"""

from __future__ import annotations

import math
import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

BUCKETS = 1 << 16
WORDS_LONGEST = 3
LETTERS = range(2, 6)
WORD = re.compile(r"\w+")

Buckets = npt.NDArray[np.int32]
Weights = npt.NDArray[np.float32]


def features(text: str) -> tuple[Buckets, Weights]:
    """Buckets and weights (both of shape (n,)), weights of length 1; empty for no words."""
    counts = Counter(zlib.crc32(gram.encode()) % BUCKETS for gram in _grams(text))
    buckets = np.fromiter(counts, dtype=np.int32, count=len(counts))
    raw = np.array([1 + math.log(count) for count in counts.values()], dtype=np.float32)
    length = float(np.linalg.norm(raw))
    return buckets, raw / length if length else raw


def _grams(text: str) -> Iterator[str]:
    words = WORD.findall(_plain(text))
    for size in range(1, WORDS_LONGEST + 1):
        for start in range(len(words) - size + 1):
            yield "w" + " ".join(words[start : start + size])
    for word in words:
        yield from _letters(f" {word} ")


def _letters(word: str) -> Iterator[str]:
    for size in LETTERS:
        for start in range(max(1, len(word) - size + 1)):
            yield "c" + word[start : start + size]


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFD", text.lower())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
