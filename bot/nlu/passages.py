"""Which sentences of the guide answer this very question: the second stage after the intent.

Learns from the example questions in the guide files, so another guide is one more file. Every
message gets a ranking, kept in the parse data under `guide_passages`.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.linear_model import LogisticRegression

from bot.guide import Library, load_library
from bot.nlu import normal
from bot.nlu.embeddings import default_embedder, embed, embed_many
from bot.settings import ROOT

PROPERTY = "guide_passages"
FILE = "passages.joblib"
KEPT = 8


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class PassageRanker(GraphComponent):
    """Ranks the passages that may be answered from, best first, with probabilities."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Where the guides are, and how strongly the classifier may trust its examples."""
        return {"guides": str(ROOT / "data" / "guide"), "strength": 300.0}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003  Rasa's signature
    ) -> PassageRanker:
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
    ) -> PassageRanker:
        """Called by Rasa with a trained model."""
        with model_storage.read_from(resource) as directory:
            return cls(config, model_storage, resource, joblib.load(directory / FILE))

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Train again when a guide file or the embedding model changes."""
        library = _library({**cls.get_default_config(), **config})
        return f"{library.fingerprint}-{default_embedder().name}"

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        classifier: LogisticRegression | None = None,
    ) -> None:
        self._config = config
        self._storage = model_storage
        self._resource = resource
        self._classifier = classifier

    def train(self, training_data: TrainingData) -> Resource:  # noqa: ARG002  Rasa wires by name
        """Learn which question belongs to which passage."""
        questions, keys = _questions(_library(self._config))
        self._classifier = LogisticRegression(
            C=self._config["strength"], max_iter=300, class_weight="balanced"
        ).fit(embed_many(questions), keys)
        with self._storage.write_to(self._resource) as directory:
            joblib.dump(self._classifier, directory / FILE)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing is added to training examples."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the ranking: [{"guide", "passage", "confidence"}, ...]."""
        for message in messages:
            if message.get(TEXT):
                message.set(PROPERTY, self._rank(message.get(TEXT)), add_to_output=True)
        return messages

    def _rank(self, text: str) -> list[dict[str, Any]]:
        assert self._classifier is not None, "trained or loaded before use"  # noqa: S101
        vector = np.atleast_2d(embed(normal.text(text)))
        probabilities = self._classifier.predict_proba(vector)[0]
        best = np.argsort(probabilities)[::-1][:KEPT]
        return [_entry(self._classifier.classes_[i], float(probabilities[i])) for i in best]


def _entry(key: str, confidence: float) -> dict[str, Any]:
    guide, _, passage = key.partition("#")
    return {"guide": guide, "passage": passage, "confidence": confidence}


def _questions(library: Library) -> tuple[list[str], list[str]]:
    pairs = [
        (normal.text(question), "#".join(passage.key))
        for passage in library.answerable()
        for questions in passage.questions.values()
        for question in questions
    ]
    return [question for question, _ in pairs], [key for _, key in pairs]


def _library(config: dict[str, Any]) -> Library:
    return load_library(Path(config["guides"]), serve_drafts=True, today=date.min)
