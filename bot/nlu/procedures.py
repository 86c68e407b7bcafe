"""A message that only names an operation chooses its guide, where there are several."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.guide import Guide, only_names
from bot.nlu import asked

CHOOSES = "choose_guide"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class NamedOperation(GraphComponent):
    """Sets the intent `choose_guide`; with one guide it does nothing."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Where the guides are: None for the installation's own."""
        return {"guides": None}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,  # noqa: ARG003  Rasa's signature
        resource: Resource,  # noqa: ARG003
        execution_context: ExecutionContext,  # noqa: ARG003
    ) -> NamedOperation:
        """Called by Rasa."""
        return cls(tuple(asked.guides(config["guides"]).guides.values()))

    def __init__(self, guides: tuple[Guide, ...]) -> None:
        self._guides = guides

    def process(self, messages: list[Message]) -> list[Message]:
        """Mark what chooses a guide."""
        for message in messages:
            several = len(self._guides) > 1
            if several and message.get(TEXT) and only_names(self._guides, message.get(TEXT)):
                intent = {"name": CHOOSES, "confidence": 1.0}
                message.set(INTENT, intent, add_to_output=True)
        return messages
