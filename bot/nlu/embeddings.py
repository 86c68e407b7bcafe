"""Turning sentences into vectors behind a small interface, so that the model can be exchanged."""

from __future__ import annotations

import threading
from collections import OrderedDict
from functools import lru_cache
from typing import Protocol

import numpy as np
import numpy.typing as npt

from bot.errors import ProductError
from bot.nlu import vectors
from bot.settings import ROOT

Vectors = npt.NDArray[np.float32]
BATCH = 64
REMEMBERED = 20_000
"""Enough for all training examples; 30 MB."""
REMEMBERED_MESSAGES = 1_000


class NotBuilt(ProductError):
    """The files of the embedding model are missing and could not be made."""

    code = "sentence_model_not_built"


class Embedder(Protocol):
    """Anything that maps texts to unit vectors; `name` changes whenever the vectors would."""

    name: str
    dimension: int

    def encode(self, texts: list[str]) -> Vectors:
        """Vectors of shape (len(texts), dimension), each of length 1."""


@lru_cache(maxsize=1)
def default_embedder() -> Embedder:
    """The embedder of this process, loaded once; raises NotBuilt."""
    from bot.nlu.e5.model import E5  # noqa: PLC0415  loads the model: only where it is used

    return E5(ROOT / "models" / "sentences")


def _kept(texts: list[str]) -> dict[str, Vectors]:
    kept = vectors.load(default_embedder().name)
    return {text: kept[key] for text in texts if (key := vectors.key(text)) in kept}


class Remembered:
    """The newest vectors by their text; several threads may use it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._vectors: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = threading.Lock()

    def limit(self, most: int) -> None:
        """Keep no more than this from now on."""
        self._most = most

    def find(self, texts: list[str]) -> dict[str, Vectors]:
        """Those that are known."""
        with self._lock:
            return {text: self._vectors[text] for text in texts if text in self._vectors}

    def add(self, found: dict[str, Vectors]) -> None:
        """Keep these, and forget the oldest when there are too many."""
        with self._lock:
            self._vectors.update(found)
            while len(self._vectors) > self._most:
                self._vectors.popitem(last=False)


_remembered = Remembered(REMEMBERED)


def serve_messages() -> None:
    """For processes that read patients' messages: few are remembered, and not for long."""
    _remembered.limit(REMEMBERED_MESSAGES)


def embed(text: str) -> Vectors:
    """The vector of one text (shape (dimension,)); computed once a message, shared by all."""
    vector: Vectors = embed_many([text])[0]
    return vector


def embed_many(texts: list[str]) -> Vectors:
    """The vectors of several texts (shape (len(texts), dimension)), computed where not known."""
    if not texts:
        return default_embedder().encode([])
    found = _remembered.find(texts)
    missing = [text for text in dict.fromkeys(texts) if text not in found]
    if len(missing) > BATCH:  # training, not a patient's message
        found.update(_kept(missing))
        missing = [text for text in missing if text not in found]
    for start in range(0, len(missing), BATCH):
        batch = missing[start : start + BATCH]
        found.update(zip(batch, default_embedder().encode(batch), strict=True))
    _remembered.add(found)
    return np.stack([found[text] for text in texts])


def recall(text: str) -> Vectors | None:
    """A vector (shape (dimension,)) that this process knows already."""
    return _remembered.find([text]).get(text)


def remember(text: str, vector: Vectors) -> None:
    """Take a vector of shape (dimension,) that another process computed with the same model."""
    _remembered.add({text: vector})
