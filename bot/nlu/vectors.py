"""Vectors of the training sentences, kept beside them so that training need not compute them.

`data/nlu/vectors.npz` is made by `make vectors` and holds, for the embedding model it names, a
key (the first 8 bytes of SHA-256) and an 8-bit vector a sentence. A sentence that is not in it,
or another model, is simply computed.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.settings import ROOT

PATH = ROOT / "data" / "nlu" / "vectors.npz"
STEPS = 127.0
Vectors = npt.NDArray[np.float32]


def key(text: str) -> int:
    """What a sentence is found by."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")


def load(model: str, path: Path = PATH) -> dict[int, Vectors]:
    """Key to vector (shape (dimension,), length 1); empty for another model or without the file."""
    if not path.exists():
        return {}
    with np.load(path) as stored:
        if str(stored["model"]) != model:
            return {}
        rows = stored["vectors"].astype(np.float32) * stored["scales"][:, None]
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        return dict(zip(stored["keys"].tolist(), rows, strict=True))


def save(model: str, texts: list[str], vectors: Vectors, path: Path = PATH) -> None:
    """Write vectors of shape (len(texts), dimension)."""
    scales = np.abs(vectors).max(axis=1) / STEPS
    np.savez_compressed(
        path,
        model=np.array(model),
        keys=np.array([key(text) for text in texts], dtype=np.uint64),
        scales=scales.astype(np.float32),
        vectors=np.round(vectors / scales[:, None]).astype(np.int8),
    )
