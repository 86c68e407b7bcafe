"""The passages of a message that the semantic layer reads: sentences and neighbouring two."""

from __future__ import annotations

import itertools
import re
import unicodedata

Span = tuple[int, int]
"""Start and end in the message."""
LONGEST, STEP, LONGEST_WORD = 240, 160, 40
"""Characters of a part, from one window of a longer sentence to the next, and of a word."""
PAIR = 300
"""Two sentences are also read together ("It was dry. Not any more."), up to this length."""
FEWEST_WORDS = 2
PARTS = re.compile(r"(?<=[.!?;…])\s+|\n+")


def parts(text: str) -> list[Span]:
    """Spans of the sentences of a message; a very long one is cut into windows that overlap."""
    spans, start = [], 0
    for gap in [*PARTS.finditer(text), None]:
        end = gap.start() if gap else len(text)
        if len(text[start:end].split()) >= FEWEST_WORDS:
            spans += _windows(text, start, end)
        start = gap.end() if gap else end
    return spans


def _windows(text: str, start: int, end: int) -> list[Span]:
    spans = []
    while end - start > LONGEST:
        cut = _space(text, start + LONGEST)
        spans.append((start, cut))
        start = _space(text, start + STEP)
    return [*spans, (start, end)]


def _space(text: str, near: int) -> int:
    """The last gap between words before `near`; `near` itself in one endless word."""
    found = text.rfind(" ", near - LONGEST_WORD, near)
    return near if found < 0 else found


def normal(text: str) -> str:
    """Lower case, composed characters, single spaces; a full stop at the end says nothing."""
    return " ".join(unicodedata.normalize("NFC", text).lower().split()).rstrip(" .")


def pairs(single: list[Span]) -> list[Span]:
    """Spans of neighbouring two of the parts of a message."""
    both = [(start, end) for (start, _), (_, end) in itertools.pairwise(single)]
    return [(start, end) for start, end in both if end - start <= PAIR]
