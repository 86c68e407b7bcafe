"""A question without what tells who asked it, as far as form alone shows it."""

from __future__ import annotations

import re

HIDDEN = "***"
ADDRESS = re.compile(r"\S+@\S+\.\w+|https?://\S+|(?<!\w)@\w{4,}")
NUMBER = re.compile(r"(?<!\w)\+?\(?\d(?:[\s./()-]*\d){5,}(?!\w)")
"""Telephone, insurance and card numbers, whole dates: six digits or more."""
LONGEST = 500
SHORTEST_NAME = 3


def without_identity(text: str, *names: str | None) -> str:
    """The text without addresses, long numbers and the words of these names."""
    hidden = NUMBER.sub(HIDDEN, ADDRESS.sub(HIDDEN, text[:LONGEST]))
    words = {word for name in names if name for word in name.split() if len(word) >= SHORTEST_NAME}
    if not words:
        return hidden
    any_word = "|".join(re.escape(word) for word in sorted(words))
    return re.sub(rf"(?<!\w)(?:{any_word})(?!\w)", HIDDEN, hidden, flags=re.IGNORECASE)
