"""The fixed safety texts, rendered from reviewed data and never generated."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.triage import schema
from bot.triage.documents import Document, check, read
from bot.triage.errors import DataError, Problem
from bot.triage.policy import Policy
from bot.triage.types import Asked, Decision, Level

_DEFAULT = "en"
_ANSWER_KEYS = ("yes", "a_bit", "no")
_LONGEST_QUOTE = 160


@dataclass(frozen=True)
class Contacts:
    """Whom a patient can reach; what is empty is replaced by words, never by a number."""

    clinic_name: str = ""
    clinic_phone: str = ""
    clinic_hours: str = ""
    out_of_hours: str = ""
    emergency_number: str = ""
    emergency_department: str = ""
    crisis_line: str = ""


class SafetyWording:
    """Every safety text in every language; unknown locales fall back to English."""

    def __init__(self, texts: Mapping[str, Mapping[str, Any]], guide_signs: frozenset[str]) -> None:
        self._texts = texts
        self._guide_signs = guide_signs

    @classmethod
    def load(cls, directory: Path) -> SafetyWording:
        """Read `wording.*.yml`; raises DataError for a missing text or unknown placeholder."""
        documents = [read(path) for path in sorted(directory.glob("wording.*.yml"))]
        for document in documents:
            problems = wording_problems(document)
            if problems:
                raise DataError(problems[0])
        texts = {document.data["language"]: document.data["texts"] for document in documents}
        if _DEFAULT not in texts:
            raise DataError(Problem(f"wording.{_DEFAULT}.yml", 1, "is missing", "add it"))
        signs = Policy.load(directory / "tiers.yml").signs
        return cls(texts, frozenset(name for name, sign in signs.items() if sign.guide))

    @property
    def locales(self) -> tuple[str, ...]:
        """The languages there are texts for."""
        return tuple(self._texts)

    def safety_reply(
        self, decision: Decision, locale: str, contacts: Contacts, reference: str | None
    ) -> str:
        """The text that comes before anything else; `reference` is None when storing failed.

        Empty for a decision that does not escalate.
        """
        if decision.level < Level.URGENT:
            return ""
        texts = self._of(locale)
        quote = _shortened(decision.quote)
        parts = [texts["mentioned"]] if quote and decision.script != "self_harm" else []
        parts += self._parts(decision, texts, contacts)
        parts.append(texts["request" if reference else "no_request"])
        values = {"quote": quote, "reference": reference or ""}
        return self._filled(" ".join(parts), texts, contacts, values)

    def _parts(self, decision: Decision, texts: Mapping[str, Any], contacts: Contacts) -> list[str]:
        person = "third_person" if decision.third_person else "patient"
        if decision.script == "self_harm":
            crisis = [texts["crisis"]] if contacts.crisis_line else []
            return [texts["self_harm"][person], *crisis, texts["self_harm_end"]]
        if decision.level is Level.EMERGENCY:
            return [texts["emergency"][person], texts["limits"]]
        in_guide = bool(self._guide_signs & set(decision.signs))
        hours = [texts["out_of_hours"]] if contacts.out_of_hours else []
        return [
            texts["guide_says"] if in_guide else texts["needs_check"],
            texts["urgent"][person], *hours, texts["if_worse"][person], texts["limits"],
        ]  # fmt: skip

    def question(self, asked: Asked, locale: str) -> tuple[str, list[tuple[str, str]]]:
        """The question about `asked` and its answers as (key, title): yes, a_bit, no."""
        texts = self._of(locale)
        text = texts["question_unclear"] if asked.sign == "unclear" else texts["question"]
        values = {"quote": _shortened(asked.quote)}
        filled = self._filled(text, texts, Contacts(), values)
        return filled, [(key, texts["answers"][key]) for key in _ANSWER_KEYS]

    def offline(self, locale: str, contacts: Contacts) -> str:
        """Said when the message is stored but no answer can be given."""
        return self._plain("offline", locale, contacts)

    def not_sent(self, locale: str, contacts: Contacts) -> str:
        """Said when the message could not be stored."""
        return self._plain("not_sent", locale, contacts)

    def standing_line(self, locale: str, contacts: Contacts) -> str:
        """The line under every education answer."""
        return self._plain("standing_line", locale, contacts)

    def correction(self, locale: str, contacts: Contacts) -> str:
        """Said when a patient takes back what was escalated: the request stays open."""
        return self._plain("correction", locale, contacts)

    def reminder(self, locale: str, contacts: Contacts) -> str:
        """Said once when a patient is silent after an emergency text."""
        return self._plain("reminder", locale, contacts)

    def attachment(self, locale: str, contacts: Contacts) -> str:
        """Said to a photo or file: a human must look at it."""
        return self._plain("attachment", locale, contacts)

    def _plain(self, name: str, locale: str, contacts: Contacts) -> str:
        texts = self._of(locale)
        return self._filled(texts[name], texts, contacts, {})

    def _of(self, locale: str) -> Mapping[str, Any]:
        return self._texts.get(locale[:2].lower(), self._texts[_DEFAULT])

    def _filled(
        self, text: str, texts: Mapping[str, Any], contacts: Contacts, values: Mapping[str, str]
    ) -> str:
        return text.format_map({**_contact_words(texts["fallbacks"], contacts), **values})


def _contact_words(fallbacks: Mapping[str, str], contacts: Contacts) -> dict[str, str]:
    words = {
        name: getattr(contacts, name, "") or fallbacks.get(name, "")
        for name in ("clinic_name", "clinic_phone", "out_of_hours", "emergency_number",
                     "emergency_department", "crisis_line")
    }  # fmt: skip
    if contacts.clinic_phone and contacts.clinic_hours:
        words["clinic_phone"] += f" ({contacts.clinic_hours})"
    return words


def _shortened(quote: str) -> str:
    """The patient's words on one line, cut at a word when they are long."""
    plain = " ".join(quote.split()).strip("\"“”'«»")
    if len(plain) <= _LONGEST_QUOTE:
        return plain and f"“{plain}”"
    return f"“{plain[:_LONGEST_QUOTE].rsplit(' ', 1)[0]}…”"


def wording_problems(document: Document) -> list[Problem]:
    """Every missing text, wrong shape and unknown placeholder of a wording file."""
    try:
        check(document, schema.WORDING)
    except DataError as error:
        return [error.problem]
    problems = []
    for name, value in document.data["texts"].items():
        inner = value.items() if isinstance(value, dict) else [("", value)]
        for key, text in inner:
            problems += _placeholder_problems(document, ("texts", name, key), text)
    return problems


def _placeholder_problems(
    document: Document, keys: tuple[str | int, ...], text: str
) -> list[Problem]:
    try:
        names = {field for _, field, _, _ in string.Formatter().parse(text) if field is not None}
    except ValueError as error:
        return [document.problem(keys, f"braces do not match: {error}", "write {name}")]
    unknown = sorted(names - set(schema.PLACEHOLDERS))
    known = ", ".join(schema.PLACEHOLDERS)
    return [document.problem(keys, f"unknown placeholder {{{n}}}", f"use {known}") for n in unknown]
