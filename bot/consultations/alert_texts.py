"""What staff read in an alert: `data/console/alerts.yml`, in the clinic's language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

from bot.errors import SettingsError
from bot.settings import LOCALES, Settings

SENTENCES = ("subject", "text", "test")
NAMES = {
    "priorities": ("emergency", "urgent", "routine"),
    "audiences": ("nurses", "leads", "on_call"),
}


@dataclass(frozen=True)
class AlertTexts:
    """The texts of one language."""

    sentences: dict[str, str]
    names: dict[str, dict[str, str]]

    @classmethod
    def load(cls, settings: Settings) -> AlertTexts:
        """Read the file; raises SettingsError naming what is missing."""
        path = settings.data / "console" / "alerts.yml"
        try:
            content = yaml.safe_load(path.read_text("utf-8"))
            _check(content)
        except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
            raise SettingsError(f"{path} cannot be used: {error!r}") from None
        locale = settings.locale
        return cls(
            {name: content[name][locale] for name in SENTENCES},
            {
                kind: {name: content[kind][name][locale] for name in names}
                for kind, names in NAMES.items()
            },
        )

    def filled(self, sentence: str, **values: str) -> str:
        """A sentence with its placeholders filled in; priority and audience by their keys."""
        for kind, name in (("priorities", "priority"), ("audiences", "audience")):
            if name in values:
                values[name] = self.names[kind][values[name]]
        return self.sentences[sentence].format_map(values)


def _check(content: dict[str, Any]) -> None:
    entries = [content[name] for name in SENTENCES]
    entries += [content[kind][name] for kind, names in NAMES.items() for name in names]
    for entry in entries:
        if set(entry) != set(LOCALES):
            raise KeyError(f"{entry} needs {', '.join(LOCALES)}")
