"""The semantic layer: red flags told without the words of the lexicon.

Small readers over sentence vectors and letter groups, trained by `scripts/semantic` on
data/triage/examples. How likely a sentence tells of a red flag is the opinion of several small
networks over its vector, of several that tell the signs and "none" apart, and of a linear reader
that also sees its letter groups. Those that tell the signs apart say which one it is, and whether
it is an emergency in itself. The layer may add findings and never removes one. The embedding model
is given from outside, so this module stays free of I/O beyond reading its own file once.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.triage import grams
from bot.triage.passages import Span, normal, pairs, parts
from bot.triage.types import Told

Vectors = npt.NDArray[np.float32]
Encode = Callable[[list[str]], Vectors]
FILE = "semantic.npz"
HIGHER = "/emergency"
"""Ends the name of a class: this sign, told in a way that makes it an emergency in itself."""
SPREAD = 14.0
SURE = 1e-6
"""No likelihood is nearer to 0 or 1 than this."""
AFFORDABLE, TOGETHER = 900, 520
"""Characters turned into vectors (the slow step: 0.03 ms each) of sentences; of those and pairs."""
ALARMING = 2.3
"""Above the floor by so much, letter groups alone look like a red flag: of those in the tests' own
evaluation set 0.93, of the questions 0.03."""
DOUBT = 0.1, 0.9
"""Sentences of this likelihood are read again together with their neighbours."""


@dataclass(frozen=True)
class Network:
    """One hidden layer, as scikit-learn trains it: logits of shape (texts, outputs)."""

    hidden: Vectors
    hidden_bias: Vectors
    output: Vectors
    output_bias: Vectors

    def __call__(self, vectors: Vectors) -> Vectors:
        """Logits of vectors of shape (texts, dimension)."""
        return np.stack([self._one(vector) for vector in vectors])  # few: faster one by one

    def _one(self, vector: Vectors) -> Vectors:
        inner = np.maximum(vector @ self.hidden + self.hidden_bias, 0)
        logits: Vectors = inner @ self.output + self.output_bias
        return logits

    @classmethod
    def stored(cls, file: Mapping[str, npt.NDArray[Any]], name: str) -> Network:
        """The network that training stored under a name."""
        parts = ("hidden", "hidden_bias", "output", "output_bias")
        return cls(*(file[f"{name}.{part}"].astype(np.float32) for part in parts))

    @classmethod
    def several(cls, file: Mapping[str, npt.NDArray[Any]], name: str) -> tuple[Network, ...]:
        """All networks that training stored under a name and a number."""
        return tuple(cls.stored(file, f"{name}{number}") for number in range(file[name]))


@dataclass(frozen=True)
class _Sentence:
    """A passage of the message, as the readers see it, with its letter groups."""

    span: Span
    text: str
    buckets: grams.Buckets
    shares: grams.Weights

    def weighed(self, weights: Vectors) -> float:
        """What its letter groups say by `weights`, of shape (buckets,)."""
        return float(weights[self.buckets] @ self.shares)


@dataclass(frozen=True)
class Semantic:
    """Scores the sentences of a message; see `types.SemanticLayer`."""

    encode: Encode
    center: Vectors
    """The mean vector of the examples: all vectors of this model lie close to it."""
    opinions: tuple[Network, ...]
    """Whether a sentence tells of a red flag: one output."""
    naming: tuple[Network, ...]
    """Which one: an output for each of `signs`, and a last one for none."""
    letters: Vectors
    """Weights of the letter groups, shape (buckets,), and of the centered vector."""
    vector: Vectors
    first: Vectors
    """Weights of the letter groups where nothing else is known; shape (buckets,)."""
    floor: float
    calibration: tuple[float, ...]
    """Weights of the three opinions (logits) in a calibrated one, and its bias."""
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
                opinions=Network.several(file, "opinion"),
                naming=Network.several(file, "naming"),
                letters=file["letters"].astype(np.float32),
                vector=file["vector"].astype(np.float32),
                first=file["first"].astype(np.float32),
                floor=float(file["floor"]),
                calibration=tuple(map(float, file["calibration"])),
                signs=tuple(str(sign) for sign in file["signs"]),
                high=file["high"],
                version=str(file["version"]),
            )

    def score(self, text: str) -> list[Told]:
        """What the passages of the message tell.

        The sentences that look most like a red flag are read first, those that look like none are
        not read; where a sentence is doubtful it is read again together with its neighbours.
        """
        single = parts(text)
        told = self._read(self._promising(_sentences(text, single)))
        left = max(0, TOGETHER - sum(one.end - one.start for one in told))
        again = _affordable(_doubtful(told, pairs(single)), left)
        return told + self._read(_sentences(text, again))

    def glance(self, text: str) -> bool:
        """Whether a sentence looks like a red flag by its letter groups alone."""
        sentences = _sentences(text, parts(text))
        return any(one.weighed(self.first) >= self.floor + ALARMING for one in sentences)

    def _promising(self, sentences: list[_Sentence]) -> list[_Sentence]:
        """Those that letter groups alone do not take for none, the likeliest first."""
        looks = {one.span: one.weighed(self.first) for one in sentences}
        order = sorted(sentences, key=lambda one: -looks[one.span])
        likely = [one for one in order if looks[one.span] >= self.floor] or order[:1]
        return likely[: len(_affordable([one.span for one in likely], AFFORDABLE))]

    def _read(self, sentences: list[_Sentence]) -> list[Told]:
        if not sentences:
            return []
        vectors = centered(self.encode([one.text for one in sentences]), self.center)
        looks = [one.weighed(self.letters) for one in sentences]
        named = np.mean([_softmax(network(vectors)) for network in self.naming], axis=0)
        flags = self._likely(vectors, np.array(looks, dtype=np.float32), named)
        signs = named[:, :-1] / named[:, :-1].sum(axis=1, keepdims=True)
        return [
            Told(self._named(sign), float(sign[self.high].sum()), float(flag), *one.span)
            for one, flag, sign in zip(sentences, flags, signs, strict=True)
        ]

    def _likely(self, vectors: Vectors, looks: Vectors, named: Vectors) -> Vectors:
        mean = np.mean([opinion(vectors)[:, 0] for opinion in self.opinions], axis=0)
        *weights, bias = self.calibration
        told = (mean, vectors @ self.vector + looks, any_sign(named[:, -1]))
        logit = sum(weight * one for weight, one in zip(weights, told, strict=True)) + bias
        likely: Vectors = 1 / (1 + np.exp(-logit))
        return likely

    def _named(self, likely: Vectors) -> str:
        return self.signs[int(np.argmax(likely))].removesuffix(HIGHER)


def centered(vectors: Vectors, center: Vectors) -> Vectors:
    """Vectors of length SPREAD around their center, so that small networks tell them apart."""
    moved = vectors - center
    spread: Vectors = SPREAD * moved / np.linalg.norm(moved, axis=1, keepdims=True)
    return spread


def any_sign(none: Vectors) -> Vectors:
    """From the likelihood of none to the logit of any sign at all."""
    kept = np.clip(none, SURE, 1 - SURE)
    logit: Vectors = np.log(1 - kept) - np.log(kept)
    return logit


def _softmax(logits: Vectors) -> Vectors:
    spread = np.exp(logits - logits.max(axis=1, keepdims=True))
    likely: Vectors = spread / spread.sum(axis=1, keepdims=True)
    return likely


def _sentences(text: str, spans: list[Span]) -> list[_Sentence]:
    written = [normal(text[slice(*span)]) for span in spans]
    return [
        _Sentence(span, one, *grams.features(one)) for span, one in zip(spans, written, strict=True)
    ]


def _affordable(spans: list[Span], characters: int) -> list[Span]:
    """The first spans that are no longer than `characters` together."""
    lengths = itertools.accumulate(end - start for start, end in spans)
    return [span for span, length in zip(spans, lengths, strict=True) if length <= characters]


def _doubtful(told: list[Told], spans: list[Span]) -> list[Span]:
    """Spans around passages in doubt, the most likely first; none once something is certain."""
    low, high = DOUBT
    if any(one.flag >= high for one in told):
        return []
    doubt = [one for one in told if one.flag >= low]
    likely = {span: _within(span, doubt) for span in spans}
    return sorted((span for span in spans if likely[span]), key=lambda span: -likely[span])


def _within(span: Span, told: list[Told]) -> float:
    """The likelihood of the likeliest passage in `span`; 0 when none lies there."""
    start, end = span
    return max((one.flag for one in told if start <= one.start and one.end <= end), default=0.0)
