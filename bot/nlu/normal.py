"""The same sentence in the same form, whoever typed it, before it is compared."""

from __future__ import annotations

from bot.triage import passages

MAX_CHARS = 400
"""A question fits; time grows with length, and triage has read the whole message already."""


def text(raw: str) -> str:
    """As triage reads a sentence, so that both share one vector, and at most 400 characters.

    Of a longer text the beginning and the end are kept: questions stand there.
    """
    flat = passages.normal(raw)
    if len(flat) <= MAX_CHARS:
        return flat
    half = MAX_CHARS // 2
    return f"{flat[:half]} {flat[-half:]}"
