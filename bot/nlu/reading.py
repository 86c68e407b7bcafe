"""How a message is read before it is judged: slips of the fingers mended, a follow-up in context.

`read` holds the mended message; `context` the same behind the patient's message before it, for
short ones such as "and driving?" or "how long?", which mean nothing alone.
"""

from __future__ import annotations

from functools import lru_cache

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu import asked, normal
from bot.nlu.component import Component
from bot.nlu.spelling import Spelling
from bot.settings import ROOT

READ, CONTEXT = "read", "context"
SHORT = 5
"""Words a message may have to be read as going on from the one before it."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class Reading(Component):
    """Adds how a patient's message is read; training examples stay as they were written."""

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Examples teach the words that slips are corrected to."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add both readings."""
        for message in messages:
            if message.get(TEXT):
                text = read(message.get(TEXT))
                message.set(READ, text)
                before = (message.get("metadata") or {}).get("before")
                if before and len(text.split()) <= SHORT:
                    message.set(CONTEXT, normal.text(f"{read(before)} {text}"))
        return messages


def read(text: str) -> str:
    """A text in its normal form, mended."""
    return _spelling().mended(normal.text(text))


def read_as(message: Message) -> str:
    """How a message is read; as it stands where nobody read it (training)."""
    return str(message.get(READ) or normal.text(message.get(TEXT)))


@lru_cache(maxsize=1)
def _spelling() -> Spelling:
    return Spelling.load(ROOT / "data" / "triage", asked.guides(None))
