"""Red flags inside Rasa's own pipeline: last, so that no intent and no form outranks them.

The clinic's path does not depend on it: the intake has triaged, stored and answered before Rasa
hears the message, and says so in the metadata. Here the dialogue learns of it. Without the intake
(`rasa shell`) the component triages by itself, so that a developer sees the same.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.component import Component
from bot.settings import ROOT
from bot.triage import Triage

ESCALATED = ("urgent", "emergency")
PROPERTY = "red_flags"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class RedFlags(Component):
    """Sets the intent `red_flag` whatever the classifiers said."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Where the lexicon is."""
        return {"triage": str(ROOT / "data" / "triage")}

    def __init__(self, config: dict[str, Any], name: str) -> None:
        super().__init__(config, name)
        self._directory = Path(config["triage"])
        self._triage: Triage | None = None

    def process(self, messages: list[Message]) -> list[Message]:
        """Mark what was or would be escalated."""
        for message in messages:
            level = self._level(message)
            message.set(PROPERTY, {"level": level}, add_to_output=True)
            if level in ESCALATED:
                intent = {"name": "red_flag", "confidence": 1.0}
                message.set(INTENT, intent, add_to_output=True)
        return messages

    def _level(self, message: Message) -> str:
        known = (message.get("metadata") or {}).get("level")
        if known or not message.get(TEXT):
            return str(known or "none")
        if self._triage is None:
            self._triage = Triage.load(self._directory)
        return self._triage.decide(message.get(TEXT)).level.value
