"""Vectors of sentences by multilingual-e5-small."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from bot.nlu.e5.pieces import PLACES, TRIE
from bot.nlu.e5.reader import Reader
from bot.nlu.e5.weights import PACKAGE, Floats, packaged
from bot.nlu.embeddings import NotBuilt
from bot.settings import ROOT

ENCODER = "encoder.onnx"
RECIPE = 3
"""Raise it whenever `build` makes other numbers."""
BUILD_S = 300.0


class E5:
    """multilingual-e5-small in 8 bits: no download, one core a text."""

    def __init__(self, directory: Path) -> None:
        """Load what `build` made, which is made first where it is missing."""
        from onnxruntime import InferenceSession  # noqa: PLC0415  only where it is used

        self.name = f"e5-small-int8-{version(PACKAGE)}-{RECIPE}"
        made = _built(directory / self.name)
        weights = packaged()
        self.dimension = 2 * weights.sizes.hidden
        self._reader = Reader(weights, made)
        self._session = InferenceSession(
            str(made / ENCODER), _one_core(), providers=["CPUExecutionProvider"]
        )
        self._cores = threading.BoundedSemaphore(os.cpu_count() or 1)

    def encode(self, texts: list[str]) -> Floats:
        """See Embedder. No more texts at a time than there are cores: then each is done sooner."""
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for place, text in enumerate(texts):
            with self._cores:
                vectors[place] = self._vector(text)
        return vectors

    def _vector(self, text: str) -> Floats:
        """Both means weigh the same."""
        means: Floats = self._session.run(None, {"rows": self._reader.rows(text)})[0].reshape(2, -1)
        units: Floats = means / np.linalg.norm(means, axis=1, keepdims=True)
        return units.ravel() / np.float32(np.sqrt(2))


def _one_core() -> Any:
    """Two threads on one text stall each other under load; unused memory is given back."""
    from onnxruntime import SessionOptions  # noqa: PLC0415

    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = options.enable_mem_pattern = False
    return options


def _built(directory: Path) -> Path:
    """The encoder and the vocabulary, made by a process of its own: that takes much memory."""
    if not all((directory / name).exists() for name in (ENCODER, TRIE, PLACES)):
        command = [sys.executable, "-m", "bot.nlu.e5.build", str(directory)]
        try:
            subprocess.run(  # noqa: S603  our own command
                command, cwd=ROOT, capture_output=True, text=True, timeout=BUILD_S, check=True
            )
        except subprocess.CalledProcessError as failure:
            raise NotBuilt(f"the sentence model could not be made:\n{failure.stderr}") from failure
        except subprocess.TimeoutExpired as failure:
            raise NotBuilt(f"the sentence model could not be made: {failure}") from failure
    return directory
