"""The questions of a message, by its form alone."""

from __future__ import annotations

import re

MOST = 2
"""More than two answers at once nobody reads."""
FEWEST_WORDS = 2
SENTENCES = re.compile(r"(?<=[?!.;])\s+|\n+")
CLAUSES = re.compile(r"[,.!?;:()\n]+\s*|\s[-\u2013]\s")
JOINED = re.compile(
    r"\s*,?\s+(?:and|also|plus|&|y|e|además|ademas|et|aussi|puis)\s+", re.IGNORECASE
)


def split(text: str) -> list[str]:
    """The parts of a message that may each be a question; one part when it does not divide."""
    sentences = [part for part in SENTENCES.split(text) if _says_something(part)]
    asking = [part for part in sentences if part.rstrip().endswith("?")]
    if len(asking) >= MOST:
        return asking[:MOST]
    parts = JOINED.split(text, maxsplit=1)
    if len(parts) == MOST and all(map(_says_something, parts)):
        return parts
    return [text]


def clauses(text: str) -> list[str]:
    """The parts of a text between its marks; empty when there is only one."""
    parts = [part for part in CLAUSES.split(text) if _says_something(part)]
    return parts if len(CLAUSES.split(text)) > 1 else []


def _says_something(part: str) -> bool:
    return len(part.split()) >= FEWEST_WORDS
