"""Ways of writing that are read as other words, and real words that stay as they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bot.triage import schema
from bot.triage.documents import check, read
from bot.triage.text import Aliases, fold


@dataclass(frozen=True)
class Spelling:
    """The spelling files of all languages together.

    `written_by_hand` are common words, `near_words` the words of our own texts and of spaCy's stop
    words that scripts/spelling found close to a word of the lexicon; neither is ever corrected.
    """

    aliases: Aliases
    endings: frozenset[str]
    written_by_hand: frozenset[str]
    near_words: frozenset[str]

    @classmethod
    def load(cls, directory: Path) -> Spelling:
        """Read every spelling file; raises DataError naming file and line."""
        aliases: Aliases = {}
        endings: set[str] = {""}
        by_hand: set[str] = set()
        near: set[str] = set()
        for path in sorted(directory.glob("spelling.*.yml")):
            data = check(read(path), schema.SPELLING).data
            aliases[data["language"]] = {
                fold(form): tuple(fold(words).split()) for form, words in data["aliases"].items()
            }
            endings |= set(map(fold, data["endings"]))
            by_hand |= set(fold(data["real_words"]).split())
            near |= set(fold(data["near_words"]).split())
        return cls(aliases, frozenset(endings), frozenset(by_hand), frozenset(near))

    def known_and_real(
        self, vocabulary: Iterable[tuple[str, bool]]
    ) -> tuple[set[str], frozenset[str]]:
        """Words to correct towards, with the usual endings after a beginning (`leak*`)."""
        known: set[str] = set()
        for word, is_beginning in vocabulary:
            known |= {word + ending for ending in self.endings} if is_beginning else {word}
        plurals = {word + "s" for word in self.written_by_hand}
        return known, self.written_by_hand | self.near_words | plurals
