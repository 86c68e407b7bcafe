"""Sentence embeddings as features for Rasa's classifiers."""

from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu import normal
from bot.nlu.component import Component
from bot.nlu.embeddings import Vectors, default_embedder, embed, embed_many
from bot.nlu.reading import read_as


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceEmbeddings(Component):
    """Adds one dense vector a sentence."""

    @classmethod
    def required_components(cls) -> list[type]:
        """A tokenizer, because Rasa's classifiers expect one."""
        return [Tokenizer]

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:  # noqa: ARG003
        """Train again when the embedding model changes."""
        return default_embedder().name

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """All examples at once: the model is faster in batches."""
        embed_many(
            [
                normal.text(example.get(TEXT))
                for example in training_data.training_examples
                if example.get(TEXT)
            ]
        )
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the features."""
        for message in messages:
            if message.get(TEXT):
                vector = np.atleast_2d(embed(read_as(message)))
                message.add_features(Features(vector, FEATURE_TYPE_SENTENCE, TEXT, self._name))
        return messages


def vector_of(message: Message) -> Vectors:
    """The sentence vector a message was given, of shape (dimension,)."""
    _, sentence = message.get_dense_features(TEXT, [])
    found: Vectors = sentence.features[0]
    return found
