"""The common words of a language, which are no slips of the finger."""

from __future__ import annotations

from collections.abc import Iterable

import wordfreq

from bot.triage.text import fold


def common_words(language: str) -> frozenset[str]:
    """Words seen at least once in a million, folded as the tokeniser writes them.

    Source: wordfreq's small lists (web pages, subtitles, news, books).
    """
    bins: Iterable[Iterable[str]] = wordfreq.get_frequency_list(language, wordlist="small")
    return frozenset(
        word if word.isascii() else fold(word) for words in bins for word in words if word.isalpha()
    )
