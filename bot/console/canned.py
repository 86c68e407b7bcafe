"""Canned replies: reviewed texts in `data/console/replies.yml`, in the patient's language."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.errors import SettingsError
from bot.settings import LOCALES, Settings


@dataclass(frozen=True)
class Reply:
    """One text a nurse can put into her answer and change there."""

    title: str
    text: str
    draft: bool


def replies(settings: Settings, locale: str, console_locale: str) -> list[Reply]:
    """Titles in the nurse's language, texts in the patient's; drafts only where they are served."""
    return [
        Reply(entry["title"][console_locale], entry["text"][locale], _is_draft(entry, locale))
        for entry in _load(settings.data / "console" / "replies.yml")
        if settings.serve_drafts or not _is_draft(entry, locale)
    ]


def _is_draft(entry: dict[str, Any], locale: str) -> bool:
    return bool(entry["review"][locale] != "approved")


@lru_cache(maxsize=4)
def _load(path: Path) -> list[dict[str, Any]]:
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
    except (FileNotFoundError, yaml.YAMLError) as error:
        raise SettingsError(f"{path} cannot be read: {error}") from None
    found: list[dict[str, Any]] = content["replies"]
    for index, entry in enumerate(found, start=1):
        for part in ("title", "text", "review"):
            if set(entry.get(part, {})) != set(LOCALES):
                raise SettingsError(f"{path}: reply {index}: {part} needs {', '.join(LOCALES)}")
    return found
