"""The words of a language by how common they are; a common one is no slip of the finger.

Source: the lists of the package wordfreq (web pages, subtitles, news, books). They are read from
its files: the package itself keeps every list it has read, some 30 MB a language.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import msgpack

from bot.triage.errors import DataError, Problem
from bot.triage.text import fold

FORMAT = {"format": "cB", "version": 1}
"""Bins of a hundredth of Zipf's measure, the commonest words first."""


def common_words(language: str) -> Iterator[str]:
    """Words seen at least once in a million, folded as the tokeniser writes them."""
    for words in bins(language, "small"):
        for word in words:
            if word.isalpha():
                yield word if word.isascii() else fold(word)


def bins(language: str, size: str) -> Iterator[list[str]]:
    """Words of equal frequency, bin after bin; raises DataError for a list of another form."""
    package = find_spec("wordfreq")
    folder = Path(package.origin or "").parent if package else Path()
    path = folder / "data" / f"{size}_{language}.msgpack.gz"
    try:
        with gzip.open(path) as file:
            unpacker = msgpack.Unpacker(file, raw=False)
            number = unpacker.read_array_header()
            found = unpacker.unpack()
            if found == FORMAT:
                for _ in range(number - 1):
                    yield unpacker.unpack()
                return
    except OSError as error:
        raise _unread(path, str(error)) from error
    raise _unread(path, f"is of the form {found}")


def _unread(path: Path, why: str) -> DataError:
    fault = Problem(path.name, 1, why, "install the wordfreq named in requirements.txt")
    return DataError(fault)
