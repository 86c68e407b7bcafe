"""Which sentences of the guide answer this very question, and whether any does.

Learns from the example questions in the guide files, so another guide is one more file. Every
message gets a ranking, kept in the parse data under `guide_passages`, and the probability that
the guide covers the question at all (`guide_covers`); a message of two questions also gets both
for each part (`guide_parts`). Coverage is learned against the examples of what the
guide does not cover.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.linear_model import LogisticRegression

from bot.guide import Library, load_library, questions
from bot.nlu import normal
from bot.nlu.embeddings import default_embedder, embed, embed_many
from bot.settings import ROOT

RANKING = "guide_passages"
COVERS = "guide_covers"
PARTS = "guide_parts"
NOT_COVERED = ("not_in_guide", "out_of_scope")
FILE = "passages.joblib"
KEPT = 8


@dataclass(frozen=True)
class Learned:
    """What training leaves behind."""

    passages: LogisticRegression
    covers: LogisticRegression


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
        learned: Learned | None = None,
    ) -> None:
        self._config = config
        self._storage = model_storage
        self._resource = resource
        self._learned = learned

    def train(self, training_data: TrainingData) -> Resource:
        """Learn which question belongs to which passage, and which to none."""
        asked, keys = _questions(_library(self._config))
        others = [
            normal.text(example.get(TEXT))
            for example in training_data.intent_examples
            if example.get(INTENT) in NOT_COVERED
        ]
        vectors = embed_many([*asked, *others])
        covered = [True] * len(asked) + [False] * len(others)
        self._learned = Learned(
            passages=self._classifier(balanced=True).fit(vectors[: len(asked)], keys),
            covers=self._classifier(balanced=False).fit(vectors, covered),
        )
        with self._storage.write_to(self._resource) as directory:
            joblib.dump(self._learned, directory / FILE)
        return self._resource

    def _classifier(self, *, balanced: bool) -> LogisticRegression:
        return LogisticRegression(
            C=self._config["strength"],
            max_iter=300,
            class_weight="balanced" if balanced else None,
        )

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing is added to training examples."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the ranking: [{"guide", "passage", "confidence"}, ...], and the coverage."""
        for message in messages:
            if message.get(TEXT):
                self._add(message)
        return messages

    def _add(self, message: Message) -> None:
        text = message.get(TEXT)
        ranking, covers = self._judge(text)
        message.set(RANKING, ranking, add_to_output=True)
        message.set(COVERS, covers, add_to_output=True)
        parts = questions.split(text)
        judged = [self._judge(part) for part in parts] if len(parts) > 1 else []
        message.set(PARTS, [{"ranking": r, "covers": c} for r, c in judged], add_to_output=True)

    def _judge(self, text: str) -> tuple[list[dict[str, Any]], float]:
        assert self._learned is not None, "trained or loaded before use"  # noqa: S101
        vector = np.atleast_2d(embed(normal.text(text)))
        probabilities = self._learned.passages.predict_proba(vector)[0]
        keys = self._learned.passages.classes_
        best = np.argsort(probabilities)[::-1][:KEPT]
        ranking = [_entry(keys[i], float(probabilities[i])) for i in best]
        return ranking, float(self._learned.covers.predict_proba(vector)[0][1])


def _entry(key: str, confidence: float) -> dict[str, Any]:
    guide, _, passage = key.partition("#")
    return {"guide": guide, "passage": passage, "confidence": confidence}


def _questions(library: Library) -> tuple[list[str], list[str]]:
    pairs = [
        (normal.text(question), "#".join(passage.key))
        for passage in library.answerable()
        for asked in passage.questions.values()
        for question in asked
    ]
    return [question for question, _ in pairs], [key for _, key in pairs]


def _library(config: dict[str, Any]) -> Library:
    return load_library(Path(config["guides"]), serve_drafts=True, today=date.min)
