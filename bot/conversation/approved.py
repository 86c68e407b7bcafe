"""The last look at an answer: nothing is said that is not a passage or a reviewed text.

The dialogue composes its answers from both, so this never happens; if a change, a model or an
attack makes it happen, the patient reads the honest text instead, and the log says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

import structlog

from bot.clock import now
from bot.conversation.dialogue import Answers, Turned
from bot.guide import Library
from bot.wording import Wording, placeholders

log = structlog.get_logger()
REFERENCE = r"[A-Z0-9-]{4,20}"
INSTEAD = "not_in_guide"


class Approved:
    """Every text that may be shown on a day, in all languages."""

    def __init__(self, wording: Wording, library: Library) -> None:
        self._wording = wording
        self._library = library
        self._day: date | None = None

    def allows(self, text: str) -> bool:
        """True when every line is a reviewed text, or nothing but passages of the guide."""
        self._of_today()
        return all(self._line(line.strip()) for line in text.splitlines())

    def _line(self, line: str) -> bool:
        if not line or self._templates.fullmatch(line):
            return True
        for sentence in self._sentences:
            line = line.replace(sentence, "")
        return not line.strip()

    def _of_today(self) -> None:
        today = now().date()
        if today == self._day:
            return
        library = self._library.at(today)
        self._sentences = sorted(set(_sentences(library)), key=len, reverse=True)
        titles = set(_titles(library))
        texts = [text for texts in self._wording.texts.values() for text in texts.values()]
        self._templates = re.compile("|".join(self._pattern(text, titles) for text in texts))
        self._day = today

    def _pattern(self, text: str, titles: Iterable[str]) -> str:
        pattern = re.escape(" ".join(text.split()))
        for name in placeholders(text):
            pattern = pattern.replace(re.escape(f"{{{name}}}"), self._value(name, titles))
        return pattern.replace(r"\ \ ", r"\ ")

    def _value(self, name: str, titles: Iterable[str]) -> str:
        if name == "reference":
            return REFERENCE
        if name in {"title", "titles"}:
            return _any(titles)
        texts = self._wording.texts
        known = {
            "contact": [self._wording.contact(locale) for locale in texts],
            "clinic": [self._wording.named(locale) for locale in texts],
            "clinic_name": [self._wording.named(locale) for locale in texts],
        }
        return _any(known.get(name) or [self._wording.clinic.get(name, "")])


class Checked:
    """A dialogue whose every answer is looked at before it is stored."""

    def __init__(self, dialogue: Answers, approved: Approved, wording: Wording) -> None:
        self._dialogue = dialogue
        self._approved = approved
        self._wording = wording

    async def turn(self, call: dict[str, Any]) -> Turned:
        """What the dialogue says, with what may not be said put right."""
        turned = await self._dialogue.turn(call)
        locale = call["metadata"]["locale"]
        return Turned([self._checked(step, locale) for step in turned.steps])

    async def close(self) -> None:
        """Give back the dialogue's connections."""
        await self._dialogue.close()

    def _checked(self, step: dict[str, Any], locale: str) -> dict[str, Any]:
        if "effect" in step or self._approved.allows(step["text"]):
            return step
        log.error("answer.not_approved", source=step.get("source"))
        return {"text": self._wording.text(INSTEAD, locale)}


def _titles(library: Library) -> Iterable[str]:
    for guide in library.guides.values():
        yield from guide.titles.values()
        for section in guide.sections:
            yield from section.titles.values()


def _sentences(library: Library) -> Iterable[str]:
    for guide in library.guides.values():
        for section in guide.sections:
            for passage in section.passages:
                for wording in passage.wordings.values():
                    for text in (wording.verbatim, wording.plain):
                        if text is not None:
                            yield text.text


def _any(values: Iterable[str]) -> str:
    return "(?:" + "|".join(re.escape(value) for value in sorted(set(values))) + ")"
