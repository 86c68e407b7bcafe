"""The same sentence in the same form, whoever typed it, before it is compared."""

from __future__ import annotations

import re
import unicodedata

MAX_CHARS = 400
"""A question fits; time grows with length, and triage has read the whole message already."""
SPACES = re.compile(r"\s+")


def text(raw: str) -> str:
    """Lower case, composed characters, single spaces, at most 400 characters.

    Of a longer text the beginning and the end are kept: questions stand there.
    """
    flat = SPACES.sub(" ", unicodedata.normalize("NFC", raw)).strip().lower()
    if len(flat) <= MAX_CHARS:
        return flat
    half = MAX_CHARS // 2
    return f"{flat[:half]} {flat[-half:]}"
