"""How many questions a message asks, by its form alone."""

from __future__ import annotations

import re

MOST = 2
JOINED = re.compile(
    r"[?;.!]\s+\S|\b(?:and|also|plus|y|e|además|ademas|et|aussi|puis)\b", re.IGNORECASE
)
ENDS = re.compile(r"\?+")


def count(text: str) -> int:
    """1 or 2: more than two answers at once nobody reads."""
    if len(ENDS.findall(text)) > 1:
        return MOST
    words = text.split()
    joined = JOINED.search(text, len(words[0]) if words else 0)
    return MOST if joined and len(words) > 5 else 1  # noqa: PLR2004  "and driving?" is one question
