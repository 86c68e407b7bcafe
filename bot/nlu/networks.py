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

OPINIONS, HIDDEN, DECAY, EPOCHS = 5, 128, 1e-2, 40
BATCH, STEP = 800, 8e-3
"""Half the time of twice the neurons and a quarter of the step, and as often right."""
SPREAD = 11.0
"""Vectors of the embedding model lie close together: centered, they are brought to this length."""
LAST_LAYER = 384
"""Only this first half of a vector is read: with both, the right passage is found less often."""
HELD_BACK, FEWEST_HELD_BACK = 0.06, 20
"""Share of the examples that says when to stop, where every class has enough of them."""


@dataclass(frozen=True)
class Networks:
    """What training leaves behind: the weights of all networks side by side, read in one go."""

    classes: npt.NDArray[Any]
    """The labels, in the order of the probabilities."""
    center: Vectors
    hidden: Vectors
    """Shape (dimension, networks * HIDDEN)."""
    hidden_bias: Vectors
    output: Vectors
    """Shape (networks, HIDDEN, outputs); one output for two classes."""
    output_bias: Vectors

    @classmethod
    def learn(cls, vectors: Vectors, labels: Sequence[Hashable]) -> Networks:
        """Train on vectors of shape (examples, dimension)."""
        center = vectors[:, :LAST_LAYER].mean(axis=0)
        inputs = _spread(vectors, center)
        stops = min(Counter(labels).values()) >= FEWEST_HELD_BACK
        batch = min(BATCH, int(len(inputs) * (1 - HELD_BACK)))
        members = [_member(seed, batch, stops=stops) for seed in range(OPINIONS)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # stopping early is the point
            return cls.of(center, [one.fit(inputs, labels) for one in members])

    @classmethod
    def of(cls, center: Vectors, members: Sequence[MLPClassifier]) -> Networks:
        """The weights of trained networks."""
        first, second = ([one.coefs_[layer] for one in members] for layer in (0, 1))
        biases = [one.intercepts_ for one in members]
        return cls(
            members[0].classes_,
            _small(center),
            _small(np.hstack(first)),
            _small(np.concatenate([bias[0] for bias in biases])),
            _small(np.stack(second)),
            _small(np.stack([bias[1] for bias in biases])[:, np.newaxis, :]),
        )

    def likely(self, vectors: Vectors) -> Vectors:
        """Probabilities of shape (texts, classes)."""
        inputs = _spread(vectors, self.center)
        inside = np.maximum(inputs @ self.hidden + self.hidden_bias, 0)
        inside = inside.reshape(len(inputs), len(self.output), -1).transpose(1, 0, 2)
        mean: Vectors = _probabilities(inside @ self.output + self.output_bias).mean(axis=0)
        return mean


def _probabilities(outputs: Vectors) -> Vectors:
    if outputs.shape[-1] == 1:  # two classes
        second = 1 / (1 + np.exp(-outputs))
        return np.concatenate([1 - second, second], axis=-1)
    powers = np.exp(outputs - outputs.max(axis=-1, keepdims=True))
    shares: Vectors = powers / powers.sum(axis=-1, keepdims=True)
    return shares


def _small(weights: npt.NDArray[Any]) -> Vectors:
    return np.ascontiguousarray(weights, dtype=np.float32)


def _member(seed: int, batch: int, *, stops: bool) -> MLPClassifier:
    return MLPClassifier(
        (HIDDEN,), alpha=DECAY, max_iter=EPOCHS, random_state=seed,
        batch_size=batch, learning_rate_init=STEP,
        early_stopping=stops, validation_fraction=HELD_BACK,
    )  # fmt: skip


def _spread(vectors: Vectors, center: Vectors) -> Vectors:
    moved = vectors[:, :LAST_LAYER] - center
    spread: Vectors = SPREAD * moved / np.linalg.norm(moved, axis=1, keepdims=True)
    return spread
