"""Which intent a message has, by its sentence vector."""

from __future__ import annotations

import warnings
from typing import Any

import joblib
import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.exceptions import ConvergenceWarning

from bot.nlu.embeddings import Vectors, default_embedder, embed_many
from bot.nlu.features import SentenceEmbeddings, vector_of
from bot.nlu.networks import Networks
from bot.nlu.passages import guide_questions

FILE = "intents.joblib"
RANKED = 12


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentNetworks(GraphComponent):
    """Sets the intent and the ranking of all; learns from the guide's questions too."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Where the guides are: None for the installation's own."""
        return {"guides": None}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003  Rasa's signature
    ) -> IntentNetworks:
        """Called by Rasa before training."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003
        **_: Any,
    ) -> IntentNetworks:
        """Called by Rasa with a trained model."""
        with model_storage.read_from(resource) as directory:
            return cls(config, model_storage, resource, joblib.load(directory / FILE))

    @classmethod
    def required_components(cls) -> list[type]:
        """The sentence vectors."""
        return [SentenceEmbeddings]

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Train again when a guide file or the embedding model changes."""
        return f"{guide_questions(config.get('guides')).fingerprint}-{default_embedder().name}"

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        learned: Networks | None = None,
    ) -> None:
        self._config = config
        self._storage = model_storage
        self._resource = resource
        self._learned = learned

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the examples, and from the guide's questions the intent of their section."""
        asked = guide_questions(self._config["guides"])
        known = {example.get(INTENT) for example in training_data.intent_examples}
        more = [
            (question, f"ask_{section}")
            for question, section in zip(asked.questions, asked.sections, strict=True)
            if f"ask_{section}" in known
        ]
        intents = [example.get(INTENT) for example in training_data.intent_examples]
        intents += [intent for _, intent in more]
        vectors = np.vstack([
            *(vector_of(example) for example in training_data.intent_examples),
            embed_many([question for question, _ in more]),
        ])  # fmt: skip
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # stopping early is the point
            self._learned = Networks.learn(vectors, intents)
        with self._storage.write_to(self._resource) as directory:
            joblib.dump(self._learned, directory / FILE)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing is added to training examples."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the intent and the ranking."""
        for message in messages:
            if message.get(TEXT):
                ranking = self._ranking(vector_of(message))
                message.set(INTENT, ranking[0], add_to_output=True)
                message.set(INTENT_RANKING_KEY, ranking[:RANKED], add_to_output=True)
        return messages

    def _ranking(self, vector: Vectors) -> list[dict[str, Any]]:
        assert self._learned is not None, "trained or loaded before use"  # noqa: S101
        likely = self._learned.likely(np.atleast_2d(vector))[0]
        return [
            {"name": str(self._learned.classes[at]), "confidence": float(likely[at])}
            for at in np.argsort(likely)[::-1]
        ]
