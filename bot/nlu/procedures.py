"""A message that only names an operation chooses its guide, where there are several."""

from __future__ import annotations

from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.guide import only_names
from bot.nlu import asked
from bot.nlu.component import Component

CHOOSES = "choose_guide"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class NamedOperation(Component):
    """Sets the intent `choose_guide`; with one guide it does nothing."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Where the guides are: None for the installation's own."""
        return {"guides": None}

    def __init__(self, config: dict[str, Any], name: str) -> None:
        super().__init__(config, name)
        self._guides = tuple(asked.guides(config["guides"]).guides.values())

    def process(self, messages: list[Message]) -> list[Message]:
        """Mark what chooses a guide."""
        for message in messages:
            several = len(self._guides) > 1
            if several and message.get(TEXT) and only_names(self._guides, message.get(TEXT)):
                intent = {"name": CHOOSES, "confidence": 1.0}
                message.set(INTENT, intent, add_to_output=True)
        return messages
