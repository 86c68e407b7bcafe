"""Sentence embeddings as features for Rasa's classifiers."""

from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu import normal
from bot.nlu.embeddings import default_embedder, embed, embed_many

SCALE = 8.0
"""Vectors of this model lie close together; spread out, a regularised classifier tells them apart
(compared in docs/decisions/0006)."""


@DefaultV1Recipe.register(
    DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False
)
class SentenceEmbeddings(GraphComponent):
    """Adds one dense vector a sentence."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,  # noqa: ARG003  Rasa's signature
        resource: Resource,  # noqa: ARG003
        execution_context: ExecutionContext,
    ) -> SentenceEmbeddings:
        """Called by Rasa."""
        return cls(config, execution_context.node_name)

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """How far the vectors are spread."""
        return {"scale": SCALE}

    @classmethod
    def required_components(cls) -> list[type]:
        """A tokenizer, because Rasa's classifiers expect one."""
        return [Tokenizer]

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:  # noqa: ARG003
        """Train again when the embedding model changes."""
        return default_embedder().name

    def __init__(self, config: dict[str, Any], name: str) -> None:
        self._scale = config["scale"]
        self._name = name

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """All examples at once: the model is faster in batches."""
        embed_many([normal.text(example.get(TEXT)) for example in training_data.training_examples
                    if example.get(TEXT)])
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the features."""
        for message in messages:
            if message.get(TEXT):
                vector = np.atleast_2d(embed(normal.text(message.get(TEXT))) * self._scale)
                message.add_features(Features(vector, FEATURE_TYPE_SENTENCE, TEXT, self._name))
        return messages
