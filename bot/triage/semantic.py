"""The semantic layer: red flags told without the words of the lexicon.

Small readers over sentence vectors and letter groups, trained by `scripts/semantic` on
data/triage/examples. How likely a sentence tells of a red flag is the mean opinion of several
small networks over its vector, together with a linear reader that also sees its letter groups;
another network says which sign it is, and whether it is an emergency in itself. The layer may add
findings and never removes one. The embedding model is given from outside, so this module stays
free of I/O beyond reading its own file once.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.triage import grams
from bot.triage.types import Told

Vectors = npt.NDArray[np.float32]
Encode = Callable[[list[str]], Vectors]
FILE = "semantic.npz"
HIGHER = "/emergency"
"""Ends the name of a class: this sign, told in a way that makes it an emergency in itself."""
SPREAD = 10.0
LONGEST, STEP, LONGEST_WORD = 240, 160, 40
"""Characters of a part, from one window of a longer sentence to the next, and of a word."""
PAIR = 300
"""Two sentences are also read together ("It was dry. Not any more."), up to this length."""
AFFORDABLE, FEWEST = 480, 2
"""Characters of one message turned into vectors (the slow step: 0.2 ms each), and passages."""
FEWEST_WORDS = 2
PARTS = re.compile(r"(?<=[.!?;…])\s+|\n+")


@dataclass(frozen=True)
class Network:
    """One hidden layer, as scikit-learn trains it: logits of shape (texts, outputs)."""

    hidden: Vectors
    hidden_bias: Vectors
    output: Vectors
    output_bias: Vectors

    def __call__(self, vectors: Vectors) -> Vectors:
        """Logits of vectors of shape (texts, dimension)."""
        inner = np.maximum(vectors @ self.hidden + self.hidden_bias, 0)
        logits: Vectors = inner @ self.output + self.output_bias
        return logits

    @classmethod
    def stored(cls, file: Mapping[str, npt.NDArray[Any]], name: str) -> Network:
        """The network that training stored under a name."""
        parts = ("hidden", "hidden_bias", "output", "output_bias")
        return cls(*(file[f"{name}.{part}"].astype(np.float32) for part in parts))


@dataclass(frozen=True)
class Semantic:
    """Scores the sentences of a message; see `types.SemanticLayer`."""

    encode: Encode
    center: Vectors
    """The mean vector of the examples: all vectors of this model lie close to it."""
    opinions: tuple[Network, ...]
    letters: Vectors
    """Weights of the letter groups, shape (buckets,), and of the centered vector."""
    vector: Vectors
    calibration: tuple[float, ...]
    """From the networks' mean and the linear reader's logit to a calibrated one, and its bias."""
    sign: Network
    signs: tuple[str, ...]
    high: npt.NDArray[np.bool_]
    """Which signs are emergencies in themselves; shape (signs,)."""
    version: str

    @classmethod
    def load(cls, path: Path, encode: Encode, model: str) -> Semantic | None:
        """What training left; None where it is missing or belongs to another embedding model."""
        if not path.exists():
            return None
        with np.load(path) as file:
            if str(file["model"]) != model:
                return None
            return cls(
                encode=encode,
                center=file["center"].astype(np.float32),
                opinions=tuple(
                    Network.stored(file, f"opinion{number}") for number in range(file["opinions"])
                ),
                letters=file["letters"].astype(np.float32),
                vector=file["vector"].astype(np.float32),
                calibration=tuple(map(float, file["calibration"])),
                sign=Network.stored(file, "sign"),
                signs=tuple(str(sign) for sign in file["signs"]),
                high=file["high"],
                version=str(file["version"]),
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
        vectors = centered(self.encode([sentences[at] for at in kept]), self.center)
        flags = self._likely(vectors, np.array([looks[at] for at in kept], dtype=np.float32))
        signs = _softmax(self.sign(vectors))
        return [
            Told(self._named(sign), float(sign[self.high].sum()), float(flag), *spans[at])
            for at, flag, sign in zip(kept, flags, signs, strict=True)
        ]

    def _look(self, sentence: str) -> float:
        buckets, weights = grams.features(sentence)
        return float(self.letters[buckets] @ weights)

    def _likely(self, vectors: Vectors, looks: Vectors) -> Vectors:
        mean = np.mean([opinion(vectors)[:, 0] for opinion in self.opinions], axis=0)
        by_mean, by_linear, bias = self.calibration
        logit = by_mean * mean + by_linear * (vectors @ self.vector + looks) + bias
        likely: Vectors = 1 / (1 + np.exp(-logit))
        return likely

    def _named(self, likely: Vectors) -> str:
        return self.signs[int(np.argmax(likely))].removesuffix(HIGHER)


def centered(vectors: Vectors, center: Vectors) -> Vectors:
    """Vectors of length SPREAD around their center, so that small networks tell them apart."""
    moved = vectors - center
    spread: Vectors = SPREAD * moved / np.linalg.norm(moved, axis=1, keepdims=True)
    return spread


def _softmax(logits: Vectors) -> Vectors:
    spread = np.exp(logits - logits.max(axis=1, keepdims=True))
    likely: Vectors = spread / spread.sum(axis=1, keepdims=True)
    return likely


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
