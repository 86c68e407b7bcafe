"""What the assistant says around the guide: reviewed texts in `data/wording`, one file a language.

Every language has the same keys and the same placeholders; `problems` names what differs.
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from bot.errors import SettingsError
from bot.office import Office
from bot.settings import LOCALES, Settings

PLACEHOLDERS = frozenset(
    {
        "clinic_name",
        "clinic",
        "contact",
        "reference",
        "title",
        "titles",
        "nurse",
        "name",
        "role",
        "clinic_phone",
        "clinic_hours",
        "emergency_number",
        "out_of_hours",
    }
)


@dataclass(frozen=True)
class Wording:
    """Texts and button titles by language and key."""

    texts: dict[str, dict[str, str]]
    buttons: dict[str, dict[str, str]]
    version: str
    clinic: dict[str, str]
    office: Office

    @classmethod
    def load(cls, directory: Path, settings: Settings) -> Wording:
        """Read all languages; raises SettingsError when a file is wrong."""
        files = {locale: _read(directory / f"{locale}.yml") for locale in LOCALES}
        found = problems(files)
        if found:
            raise SettingsError("; ".join(found))
        return cls(
            texts={locale: files[locale]["texts"] for locale in LOCALES},
            buttons={locale: files[locale]["buttons"] for locale in LOCALES},
            version=files["en"]["version"],
            clinic={
                "clinic_name": settings.clinic_name,
                "clinic_phone": settings.clinic_phone,
                "clinic_hours": f"({settings.clinic_hours})" if settings.clinic_hours else "",
                "emergency_number": settings.emergency_number,
                "out_of_hours": settings.out_of_hours,
            },
            office=settings.office,
        )

    def text(self, key: str, locale: str, **values: str) -> str:
        """The text for `key`, with the clinic's contacts filled in."""
        template = self.texts[locale][key]
        name = self.named(locale)
        clinic = {**self.clinic, "clinic": name, "clinic_name": name}
        filled = {**clinic, "contact": self.contact(locale), **values}
        return " ".join(template.format_map(filled).split())

    def stored(self, key: str, locale: str, moment: datetime, **values: str) -> str:
        """The text for `key`, and that the clinic is closed when it is."""
        return " ".join([self.text(key, locale, **values), *self.closed(locale, moment)])

    def closed(self, locale: str, moment: datetime) -> list[str]:
        """What a patient reads outside office hours; nothing within them."""
        if self.office.is_open(moment):
            return []
        keys = ["closed_now", *(["closed_contact"] if self.clinic["out_of_hours"] else [])]
        return [self.text(key, locale) for key in keys]

    def named(self, locale: str) -> str:
        """The clinic's name, "the clinic" where none was configured."""
        return self.clinic["clinic_name"] or self.texts[locale]["clinic_generic"]

    def button(self, key: str, locale: str) -> str:
        """The title of a button."""
        return self.buttons[locale][key]

    def contact(self, locale: str) -> str:
        """How to reach the clinic and help: only numbers that were configured."""
        texts = self.texts[locale]
        clinic = texts["contact"] if self.clinic["clinic_phone"] else texts["contact_unknown"]
        emergency = texts[
            "contact_emergency" if self.clinic["emergency_number"] else "contact_emergency_unknown"
        ]
        return " ".join(f"{clinic} {emergency}".format_map(self.clinic).split())


def problems(files: dict[str, dict[str, Any]]) -> list[str]:
    """What is wrong with the wording files, one sentence each."""
    found = []
    reference = files["en"]
    for locale, content in files.items():
        for part in ("texts", "buttons"):
            missing = reference[part].keys() ^ content.get(part, {}).keys()
            found += [
                f"data/wording/{locale}.yml: {part}: {key}: missing or unknown"
                for key in sorted(missing)
            ]
        for key, text in content.get("texts", {}).items():
            found += _placeholder_problems(locale, key, text, reference["texts"].get(key, ""))
    return found


def _placeholder_problems(locale: str, key: str, text: str, english: str) -> list[str]:
    where = f"data/wording/{locale}.yml: {key}"
    used = placeholders(text)
    found = [f"{where}: unknown placeholder {{{name}}}" for name in sorted(used - PLACEHOLDERS)]
    if used != placeholders(english):
        found.append(f"{where}: placeholders differ from the English text")
    return found


def placeholders(text: str) -> set[str]:
    """The names in braces that a text wants filled in."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"{path} is missing") from None
    except yaml.YAMLError as error:
        raise SettingsError(f"{path} cannot be read: {error}") from None
    if not isinstance(content, dict) or not {"texts", "buttons", "version"} <= content.keys():
        raise SettingsError(f"{path} needs the keys version, texts and buttons")
    return content
