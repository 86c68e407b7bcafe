"""The semantic layer: red flags told without the words of the lexicon, by sentence vectors.

A linear classifier over sentence vectors, trained by `scripts/semantic` on data/triage/examples.
It may add findings and never removes one. The embedding model is given from outside, so this
module stays free of I/O beyond reading its own file once.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
Encode = Callable[[list[str]], Vectors]
NONE = "none"
FILE = "semantic.npz"
MAX_CHARS = 240
"""Of one part: time grows with length, and a sentence says its thing early."""
MAX_PARTS = 6
FEWEST_WORDS = 2
PARTS = re.compile(r"(?<=[.!?;…])\s+|\n+")


@dataclass(frozen=True)
class Semantic:
    """Scores the sentences of a message; see `types.SemanticLayer`."""

    encode: Encode
    signs: tuple[str, ...]
    weights: Vectors
    """Shape (signs, dimension)."""
    bias: Vectors
    version: str

    @classmethod
    def load(cls, path: Path, encode: Encode, model: str) -> Semantic | None:
        """What training left; None where it is missing or belongs to another embedding model."""
        if not path.exists():
            return None
        with np.load(path) as stored:
            if str(stored["model"]) != model:
                return None
            return cls(
                encode=encode,
                signs=tuple(str(sign) for sign in stored["signs"]),
                weights=stored["weights"].astype(np.float32),
                bias=stored["bias"].astype(np.float32),
                version=str(stored["version"]),
            )

    def score(self, text: str) -> list[tuple[str, float, int, int]]:
        """For each part of the message its likeliest sign, how likely any red flag is, its span."""
        spans = list(parts(text))
        if not spans:
            return []
        vectors = self.encode([normal(text[start:end]) for start, end in spans])
        return [
            (*self._best(row), start, end)
            for row, (start, end) in zip(self._probabilities(vectors), spans, strict=True)
        ]

    def _probabilities(self, vectors: Vectors) -> Vectors:
        logits = vectors @ self.weights.T + self.bias
        spread = np.exp(logits - logits.max(axis=1, keepdims=True))
        found: Vectors = spread / spread.sum(axis=1, keepdims=True)
        return found

    def _best(self, probabilities: Vectors) -> tuple[str, float]:
        none = self.signs.index(NONE)
        flagged = [index for index in range(len(self.signs)) if index != none]
        best = max(flagged, key=lambda index: probabilities[index])
        return self.signs[best], float(1.0 - probabilities[none])


def parts(text: str) -> list[tuple[int, int]]:
    """Spans of the sentences of a message: the first and last ones of a very long one."""
    spans, start = [], 0
    for gap in [*PARTS.finditer(text), None]:
        end = gap.start() if gap else len(text)
        if len(text[start:end].split()) >= FEWEST_WORDS:
            spans.append((start, min(end, start + MAX_CHARS)))
        start = gap.end() if gap else end
    half = MAX_PARTS // 2
    return spans if len(spans) <= MAX_PARTS else [*spans[:half], *spans[-half:]]


def normal(text: str) -> str:
    """The form in which sentences were learned."""
    return " ".join(text.lower().split())
