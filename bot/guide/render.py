"""An answer from passages: their texts, each under a label that says what it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Literal

from bot.guide.model import SOURCE_LANGUAGE, Passage, Text

Style = Literal["plain_first", "plain", "verbatim"]
"""`plain`: plain words alone, the clinic's own sentence only where there are none."""


@dataclass(frozen=True)
class Labels:
    """The line above each kind of text, in the patient's language; empty for no line."""

    plain: str
    plain_draft: str
    verbatim: str
    """The clinic's own sentence, in the language it was published in."""
    translation: str
    translation_draft: str
    original: str
    """The clinic's own sentence where a translation may not be shown."""


@dataclass(frozen=True)
class Source:
    """Where an answer comes from; `passages` are ids."""

    guide: str
    section: str
    passages: tuple[str, ...]
    version: str

    def as_json(self) -> dict[str, str | list[str]]:
        """The `source` of the public contract."""
        return {**asdict(self), "passages": list(self.passages)}


@dataclass(frozen=True)
class Answer:
    """What the patient reads, and its source."""

    text: str
    source: Source


class NothingToServeError(LookupError):
    """None of the passages may be shown: the caller says that it cannot answer."""


def render(
    passages: Sequence[Passage], *, language: str, style: Style = "plain_first", labels: Labels
) -> Answer:
    """The answer these passages of one section give.

    Takes passages of a library, which holds only what may be shown. A sentence without a
    translation is shown as published. Raises NothingToServeError, and ValueError for passages of
    several sections: those are several answers.
    """
    shown = [one for one in passages if one.answers and one.source_text is not None]
    if len({(one.guide, one.section) for one in passages}) > 1:
        raise ValueError("the passages of one answer belong to one section")
    if not shown:
        raise NothingToServeError(", ".join(one.id for one in passages) or "no passage given")
    plain = list(_plain(shown, language, labels)) if style != "verbatim" else []
    verbatim = [_verbatim(one, language, labels) for one in shown]
    lines = plain if plain and style == "plain" else [*plain, *verbatim]
    return Answer(text="\n\n".join(_blocks(lines)), source=_source(shown))


def _plain(passages: Iterable[Passage], language: str, labels: Labels) -> Iterator[tuple[str, str]]:
    for passage in passages:
        plain = passage.wording(language).plain
        if plain is not None:
            yield _choose(plain, labels.plain, labels.plain_draft), plain.text


def _verbatim(passage: Passage, language: str, labels: Labels) -> tuple[str, str]:
    text = passage.wording(language).verbatim
    if text is None:
        return labels.original, passage.source_text or ""
    if language == SOURCE_LANGUAGE:
        return labels.verbatim, text.text
    return _choose(text, labels.translation, labels.translation_draft), text.text


def _choose(text: Text, approved: str, draft: str) -> str:
    return draft if text.approval.is_draft else approved


def _blocks(lines: Iterable[tuple[str, str]]) -> Iterator[str]:
    for label, group in groupby(lines, key=lambda line: line[0]):
        text = " ".join(text for _, text in group)
        yield f"{label}\n{text}" if label else text


def _source(passages: Sequence[Passage]) -> Source:
    first = passages[0]
    ids = tuple(passage.id for passage in passages)
    return Source(first.guide, first.section, ids, first.version)
