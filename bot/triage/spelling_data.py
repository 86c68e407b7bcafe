"""Ways of writing that are read as other words, and real words that stay as they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bot.triage import schema
from bot.triage.dictionary import common_words
from bot.triage.documents import check, read
from bot.triage.spelling import Speller
from bot.triage.text import Aliases, fold
from bot.triage.word_sets import WordSet


@dataclass(frozen=True)
class Spelling:
    """The spelling files of all languages together.

    `real_words` are words that no list of common words holds, and that are never corrected.
    """

    aliases: Aliases
    endings: frozenset[str]
    real_words: frozenset[str]

    @classmethod
    def load(cls, directory: Path) -> Spelling:
        """Read every spelling file; raises DataError naming file and line."""
        aliases: Aliases = {}
        endings: set[str] = {""}
        real: set[str] = set()
        for path in sorted(directory.glob("spelling.*.yml")):
            data = check(read(path), schema.SPELLING).data
            aliases[data["language"]] = {
                fold(form): tuple(fold(words).split()) for form, words in data["aliases"].items()
            }
            endings |= set(map(fold, data["endings"]))
            real |= set(fold(data["real_words"]).split())
        return cls(aliases, frozenset(endings), frozenset(real))

    def speller(self, vocabulary: Iterable[tuple[str, bool]]) -> Speller:
        """Corrects towards `vocabulary`, with the usual endings after a beginning (`leak*`)."""
        known: set[str] = set()
        for word, is_beginning in vocabulary:
            known |= {word + ending for ending in self.endings} if is_beginning else {word}
        plurals = {word + "s" for word in self.real_words}
        common = {language: WordSet(common_words(language)) for language in self.aliases}
        return Speller(known, self.real_words | plurals, common)
