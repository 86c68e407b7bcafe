"""Which guide a text speaks of: by the names of its operations and by its title."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.guide.check import normal_question
from bot.guide.model import Guide

OTHER_WORDS = 3
"""So many words beside a name still only name it: "my microdiscectomy please"."""


def named(guides: Iterable[Guide], text: str) -> list[Guide]:
    """The guides whose operation or title stands in the text, in any language."""
    plain = f" {normal_question(text)} "
    return [guide for guide in guides if any(f" {name} " in plain for name in _names(guide))]


def only_names(guides: Iterable[Guide], text: str) -> bool:
    """Whether a text does nothing but name the operation of one guide."""
    plain = f" {normal_question(text)} "
    found = named(guides, text)
    if len(found) != 1 or "?" in text:
        return False
    longest = max((name for name in _names(found[0]) if f" {name} " in plain), key=len)
    return len(plain.replace(f" {longest} ", " ").split()) < OTHER_WORDS


def _names(guide: Guide) -> Iterator[str]:
    yield from map(normal_question, guide.titles.values())
    for procedure in guide.procedures:
        for names in procedure.names.values():
            yield from map(normal_question, names)
