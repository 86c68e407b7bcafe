"""The semantic layer: red flags told without the words of the lexicon.

Two linear readers, trained by `scripts/semantic` on data/triage/examples: one says how likely a
sentence tells of a red flag (sentence vector and letter groups together), the other which one,
and whether as an emergency in itself (sentence vector). It may add findings and never removes
one. The embedding model is given from outside, so this module stays free of I/O beyond reading
its own file once.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.triage import grams
from bot.triage.types import Told

Vectors = npt.NDArray[np.float32]
Encode = Callable[[list[str]], Vectors]
FILE = "semantic.npz"
HIGHER = "/emergency"
"""Ends the name of a class: this sign, told in a way that makes it an emergency in itself."""
LONGEST, STEP, LONGEST_WORD = 240, 160, 40
"""Characters of a part, from one window of a longer sentence to the next, and of a word."""
PAIR = 300
"""Two sentences are also read together ("It was dry. Not any more."), up to this length."""
AFFORDABLE, FEWEST = 480, 2
"""Characters of one message turned into vectors (the slow step: 0.2 ms each), and passages."""
FEWEST_WORDS = 2
PARTS = re.compile(r"(?<=[.!?;…])\s+|\n+")


@dataclass(frozen=True)
class Semantic:
    """Scores the sentences of a message; see `types.SemanticLayer`."""

    encode: Encode
    flag: Vectors
    """Weights of shape (dimension + buckets,): a red flag or none."""
    flag_bias: float
    signs: tuple[str, ...]
    sign_weights: Vectors
    """Shape (signs, dimension)."""
    sign_bias: Vectors
    high: npt.NDArray[np.bool_]
    """Which classes are emergencies in themselves; shape (signs,)."""
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
                flag=stored["flag"].astype(np.float32),
                flag_bias=float(stored["flag_bias"]),
                signs=tuple(str(sign) for sign in stored["signs"]),
                sign_weights=stored["sign_weights"].astype(np.float32),
                sign_bias=stored["sign_bias"].astype(np.float32),
                high=stored["high"],
                version=str(stored["version"]),
            )

    def score(self, text: str) -> list[Told]:
        """What the passages of the message tell.

        Of a long message those are weighed whose letter groups look most like a red flag.
        """
        spans = passages(text)
        sentences = [normal(text[start:end]) for start, end in spans]
        looks = [self._look(sentence) for sentence in sentences]
        kept = _affordable(sentences, looks)
        if not kept:
            return []
        vectors = self.encode([sentences[at] for at in kept])
        return [
            Told(*self._sign(vector), self._likely(vector, looks[at]), *spans[at])
            for at, vector in zip(kept, vectors, strict=True)
        ]

    def _look(self, sentence: str) -> float:
        buckets, weights = grams.features(sentence)
        return float(self.flag[len(self.flag) - grams.BUCKETS :][buckets] @ weights)

    def _likely(self, vector: Vectors, look: float) -> float:
        logit = float(self.flag[: len(vector)] @ vector) + look + self.flag_bias
        return float(1 / (1 + np.exp(-logit)))

    def _sign(self, vector: Vectors) -> tuple[str, float]:
        logits = self.sign_weights @ vector + self.sign_bias
        spread = np.exp(logits - logits.max())
        likely = spread / spread.sum()
        best = self.signs[int(np.argmax(likely))]
        return best.removesuffix(HIGHER), float(likely[self.high].sum())


def passages(text: str) -> list[tuple[int, int]]:
    """Spans of the sentences of a message and of neighbouring two of them."""
    single = parts(text)
    pairs = [(start, end) for (start, _), (_, end) in itertools.pairwise(single)]
    return single + [(start, end) for start, end in pairs if end - start <= PAIR]


def _affordable(sentences: list[str], looks: list[float]) -> list[int]:
    """Places of the sentences that are weighed."""
    kept: list[int] = []
    spent = 0
    for place in sorted(range(len(sentences)), key=lambda at: -looks[at]):
        spent += len(sentences[place])
        if spent > AFFORDABLE and len(kept) >= FEWEST:
            break
        kept.append(place)
    return sorted(kept)


def parts(text: str) -> list[tuple[int, int]]:
    """Spans of the sentences of a message; a very long one is cut into windows that overlap."""
    spans, start = [], 0
    for gap in [*PARTS.finditer(text), None]:
        end = gap.start() if gap else len(text)
        if len(text[start:end].split()) >= FEWEST_WORDS:
            spans += _windows(text, start, end)
        start = gap.end() if gap else end
    return spans


def _windows(text: str, start: int, end: int) -> list[tuple[int, int]]:
    spans = []
    while end - start > LONGEST:
        cut = _space(text, start + LONGEST)
        spans.append((start, cut))
        start = _space(text, start + STEP)
    return [*spans, (start, end)]


def _space(text: str, near: int) -> int:
    """The last gap between words before `near`; `near` itself in one endless word."""
    found = text.rfind(" ", near - LONGEST_WORD, near)
    return near if found < 0 else found


def normal(text: str) -> str:
    """The form in which sentences were learned."""
    return " ".join(text.lower().split())
