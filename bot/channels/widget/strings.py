"""The widget's texts: `strings/<language>.yml`, embedded in the script when it is served.

The name of the privacy notice's version is made from its words, so that a stored consent always
names the words that were shown.
"""

from __future__ import annotations

import hashlib
import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.errors import SettingsError
from bot.settings import LOCALES

DIRECTORY = Path(__file__).parent / "strings"
NOTICE_KEYS = ("privacyTitle", "privacyShort", "privacy", "consent")
PLACEHOLDERS = frozenset(
    {
        "clinic",
        "number",
        "name",
        "role",
        "time",
        "count",
        "max",
        "question",
        "reference",
        "code",
    }
)
PLACEHOLDER = re.compile(r"\{(\w+)\}")
DIGITS = 10


@lru_cache(maxsize=1)
def load() -> dict[str, dict[str, Any]]:
    """All texts by language; raises SettingsError when the files do not match each other."""
    texts = {
        locale: yaml.safe_load((DIRECTORY / f"{locale}.yml").read_text("utf-8"))
        for locale in LOCALES
    }
    found = problems(texts)
    if found:
        raise SettingsError("; ".join(found))
    return texts


def problems(texts: dict[str, dict[str, Any]]) -> list[str]:
    """What differs from the English file, one sentence each."""
    found = []
    for locale, content in texts.items():
        where = f"bot/channels/widget/strings/{locale}.yml"
        found += [
            f"{where}: {key}: missing or unknown"
            for key in sorted(texts["en"].keys() ^ content.keys())
        ]
        found += [
            f"{where}: {key}: placeholders differ from the English text or are unknown"
            for key in texts["en"].keys() & content.keys()
            if _placeholders(content[key]) != _placeholders(texts["en"][key])
            or not _placeholders(content[key]) <= PLACEHOLDERS
        ]
    return found


def _placeholders(value: Any) -> set[str]:
    """Names in braces, in a text or in all texts of a list."""
    return set(PLACEHOLDER.findall(value if isinstance(value, str) else json.dumps(value)))


def notice_version() -> str:
    """The name of the privacy notice as it reads now, in all languages."""
    words = [load()[locale][key] for locale in LOCALES for key in NOTICE_KEYS]
    return hashlib.sha256(json.dumps(words).encode()).hexdigest()[:DIGITS]
