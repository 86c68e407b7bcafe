"""The console's own words: `data/console`, one file a language, the same keys in each."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.errors import SettingsError
from bot.settings import LOCALES


@dataclass(frozen=True)
class Texts:
    """All texts in one language."""

    locale: str
    texts: dict[str, str]

    def __call__(self, key: str, /, **values: Any) -> str:
        """The text for `key` with its placeholders filled in."""
        text = self.texts[key]
        return text.format_map(values) if values else text

    def either(self, key: str, otherwise: str) -> str:
        """The text for `key`, or `otherwise` when the files do not name it."""
        return self.texts.get(key, otherwise)

    def sign(self, sign: str) -> str:
        """A red flag in the nurse's words; an id the files do not know is shown as words."""
        return self.either(f"sign_{sign}", sign.replace("_", " ").replace("-", " "))

    def signs(self, signs: list[str]) -> str:
        """Several red flags in one line, beginning with a capital letter."""
        line = ", ".join(self.sign(sign) for sign in signs) or self("no_signs")
        return line[:1].upper() + line[1:]

    def error(self, code: str, message: str, **values: Any) -> str:
        """What went wrong in the nurse's words; `message` where there are none."""
        return self.either(f"error_{code}", message).format_map(defaultdict(str, values))

    def count(self, key: str, number: int) -> str:
        """The text `key_one` or `key_many` for this number."""
        return self(f"{key}_one" if number == 1 else f"{key}_many", n=number)


@lru_cache(maxsize=4)
def load(directory: Path) -> dict[str, Texts]:
    """All languages; raises SettingsError when a file is missing or is no list of texts."""
    return {locale: Texts(locale, _read(directory / f"{locale}.yml")) for locale in LOCALES}


def _read(path: Path) -> dict[str, str]:
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"{path} is missing") from None
    except yaml.YAMLError as error:
        raise SettingsError(f"{path} cannot be read: {error}") from None
    texts = content.get("texts") if isinstance(content, dict) else None
    if not isinstance(texts, dict) or not all(isinstance(text, str) for text in texts.values()):
        raise SettingsError(f"{path} needs the key texts with one text per line")
    return texts
