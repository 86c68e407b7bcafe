"""Cutting a long text where a reader would pause: paragraph, sentence, word; never in a symbol."""

from __future__ import annotations

import re

LIMIT = 4096
"""Telegram's limit for one message; we count UTF-16 units, the stricter reading."""
PAUSES = (
    re.compile(r"\n\s*\n"),
    re.compile(r"\n"),
    re.compile(r"(?<=[.!?…])[\"'»”)\]]*\s"),
    re.compile(r"\s"),
)
JOINERS = "\u200d\ufe0e\ufe0f"


def parts(text: str, limit: int = LIMIT) -> list[str]:
    """Pieces of at most `limit` UTF-16 units, none empty; the same text gives the same pieces."""
    rest, found = text.strip(), []
    while _units(rest) > limit:
        cut = _cut(rest, _fitting(rest, limit))
        found.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*found, rest] if rest else found


def _cut(text: str, end: int) -> int:
    """Where to cut within `text[:end]`; a pause in its last half, the stronger the better."""
    for pause in PAUSES:
        ends = [match.end() for match in pause.finditer(text, 0, end)]
        if ends and ends[-1] > end // 2:
            return ends[-1]
    while end > 1 and (text[end] in JOINERS or text[end - 1] in JOINERS):
        end -= 1
    return end


def _fitting(text: str, limit: int) -> int:
    """How many characters fit into `limit` UTF-16 units."""
    low, high = 1, min(len(text), limit)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _units(text[:middle]) <= limit else (low, middle - 1)
    return low


def _units(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)
