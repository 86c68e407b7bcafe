"""Several small networks over sentence vectors, whose mean opinion counts.

One hidden layer each, trained in seconds; five of them, begun differently, are steadier than one
and better on questions not trained on than the linear readers compared in docs/decisions/0006.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from bot.nlu.embeddings import Vectors

OPINIONS, HIDDEN, DECAY, EPOCHS = 5, 256, 1e-2, 40
SPREAD = 8.0
"""Vectors of the embedding model lie close together: centered, they are brought to this length."""
HELD_BACK, FEWEST_HELD_BACK = 0.06, 20
"""Share of the examples that says when to stop, where every class has enough of them."""


@dataclass(frozen=True)
class Networks:
    """What training leaves behind; `classes` in the order of the probabilities."""

    center: Vectors
    members: tuple[MLPClassifier, ...]

    @classmethod
    def learn(cls, vectors: Vectors, labels: Sequence[Hashable]) -> Networks:
        """Train on vectors of shape (examples, dimension)."""
        center = vectors.mean(axis=0)
        inputs = _spread(vectors - center)
        stops = min(Counter(labels).values()) >= FEWEST_HELD_BACK
        members = [_member(seed, stops=stops) for seed in range(OPINIONS)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # stopping early is the point
            return cls(center, tuple(one.fit(inputs, labels) for one in members))

    @property
    def classes(self) -> npt.NDArray[Any]:
        """The labels."""
        found: npt.NDArray[Any] = self.members[0].classes_
        return found

    def likely(self, vectors: Vectors) -> Vectors:
        """Probabilities of shape (texts, classes)."""
        inputs = _spread(vectors - self.center)
        mean: Vectors = np.mean([one.predict_proba(inputs) for one in self.members], axis=0)
        return mean


def _member(seed: int, *, stops: bool) -> MLPClassifier:
    return MLPClassifier(
        (HIDDEN,), alpha=DECAY, max_iter=EPOCHS, random_state=seed,
        early_stopping=stops, validation_fraction=HELD_BACK,
    )  # fmt: skip


def _spread(moved: Vectors) -> Vectors:
    spread: Vectors = SPREAD * moved / np.linalg.norm(moved, axis=1, keepdims=True)
    return spread
