"""What only this channel says: reviewed texts in `data/telegram`, one file a language."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.errors import SettingsError
from bot.settings import LOCALES, Settings
from bot.wording import Wording, placeholders

PARTS = ("texts", "attachments", "buttons", "commands")
PLACEHOLDERS = frozenset({"clinic", "contact", "reference", "what", "name", "role"})
MAX_CHARS = {"description": 512, "short_description": 120}
"""Telegram's own limits for the bot's profile."""
MAX_COMMAND_DESCRIPTION = 256
MAX_VERSION = 32


@dataclass(frozen=True)
class Texts:
    """Texts, kinds of attachments, button titles and command descriptions by language."""

    content: dict[str, dict[str, dict[str, str]]]
    version: str
    clinics: dict[str, str]
    contacts: dict[str, str]

    @classmethod
    def load(cls, settings: Settings) -> Texts:
        """Read all languages; raises SettingsError when a file is wrong."""
        directory = settings.data / "telegram"
        found = problems(directory)
        if found:
            raise SettingsError("; ".join(found))
        wording = Wording.load(settings.data / "wording", settings)
        files = {locale: _read(directory / f"{locale}.yml") for locale in LOCALES}
        return cls(
            content={locale: {part: files[locale][part] for part in PARTS} for locale in LOCALES},
            version=files["en"]["version"],
            clinics={
                locale: settings.clinic_name or wording.texts[locale]["clinic_generic"]
                for locale in LOCALES
            },
            contacts={locale: wording.contact(locale) for locale in LOCALES},
        )

    def text(self, key: str, locale: str, **values: str) -> str:
        """The text for `key`, with the clinic's contacts filled in."""
        filled = {"clinic": self.clinics[locale], "contact": self.contacts[locale], **values}
        return self.content[locale]["texts"][key].format_map(filled).strip()

    def button(self, key: str, locale: str) -> str:
        """The title of a button."""
        return self.content[locale]["buttons"][key]

    def attachment(self, kind: str, locale: str) -> str:
        """What a patient calls this kind of attachment."""
        kinds = self.content[locale]["attachments"]
        return kinds.get(kind, kinds["other"])

    def commands(self, locale: str) -> dict[str, str]:
        """Commands with their descriptions, in the order of the menu."""
        return self.content[locale]["commands"]


def problems(directory: Path) -> list[str]:
    """What is wrong with the files, one sentence each; empty when they can be used."""
    try:
        files = {locale: _read(directory / f"{locale}.yml") for locale in LOCALES}
    except SettingsError as error:
        return [error.message]
    found = []
    for locale, content in files.items():
        where = f"data/telegram/{locale}.yml"
        found += [f"{where}: {said}" for said in _problems(locale, content, files["en"])]
    return found


def _problems(locale: str, content: dict[str, Any], english: dict[str, Any]) -> list[str]:
    found = []
    if content.get("language") != locale:
        found.append(f"language must be {locale}")
    if content.get("version") != english.get("version"):
        found.append("version differs from the English file")
    if not 0 < len(str(content.get("version", ""))) <= MAX_VERSION:
        found.append(f"version must have 1 to {MAX_VERSION} characters")
    for part in PARTS:
        found += _part_problems(part, content.get(part), english.get(part))
    return found


def _part_problems(part: str, entries: Any, english: Any) -> list[str]:
    if not isinstance(entries, dict) or not isinstance(english, dict):
        return [f"{part} must be a mapping"]
    found = [f"{part}: {key}: missing or unknown" for key in sorted(entries.keys() ^ english)]
    for key, text in entries.items():
        if not isinstance(text, str) or not text.strip():
            found.append(f"{part}: {key} must be a text")
        elif key in english:
            found += [f"{part}: {key}: {said}" for said in _text_problems(part, key, text)]
            if placeholders(text) != placeholders(str(english[key])):
                found.append(f"{part}: {key}: placeholders differ from the English text")
    return found


def _text_problems(part: str, key: str, text: str) -> list[str]:
    limit = MAX_COMMAND_DESCRIPTION if part == "commands" else MAX_CHARS.get(key)
    found = [f"unknown placeholder {{{name}}}" for name in placeholders(text) - PLACEHOLDERS]
    if limit is not None and len(text) > limit:
        found.append(f"longer than {limit} characters")
    return found


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"{path} is missing") from None
    except yaml.YAMLError as error:
        raise SettingsError(f"{path} cannot be read: {error}") from None
    if not isinstance(content, dict):
        raise SettingsError(f"{path} must be a mapping")
    return content
