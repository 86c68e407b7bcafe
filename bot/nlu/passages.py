"""Which sentences of the guide answer this very question, and whether any does.

Learns from the example questions in the guide files, so another guide is one more file. Every
message gets a ranking, kept in the parse data under `guide_passages`, and the probability that
the guide covers the question at all (`guide_covers`); a message of two questions also gets both
for each part (`guide_parts`). Coverage is learned against the examples of what the
guide does not cover.
"""

from __future__ import annotations

import warnings
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
from sklearn.exceptions import ConvergenceWarning

from bot.guide import load_library, questions
from bot.nlu import normal
from bot.nlu.embeddings import default_embedder, embed, embed_many
from bot.nlu.networks import Networks
from bot.settings import ROOT

RANKING = "guide_passages"
COVERS = "guide_covers"
PARTS = "guide_parts"
NOT_COVERED = ("not_in_guide", "out_of_scope")
PREFIX = "ask_"
NOT_ABOUT_THE_GUIDE = {"ask_nurse"}
FILE = "passages.joblib"
KEPT = 8


@dataclass(frozen=True)
class Learned:
    """What training leaves behind."""

    passages: Networks
    covers: Networks


@dataclass(frozen=True)
class Asked:
    """The example questions of all guides with the passage and section that answer each."""

    questions: list[str]
    keys: list[str]
    sections: list[str]
    fingerprint: str


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class PassageRanker(GraphComponent):
    """Ranks the passages that may be answered from, best first, with probabilities."""

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
        return f"{guide_questions(config.get('guides')).fingerprint}-{default_embedder().name}"

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
        asked = guide_questions(self._config["guides"])
        examples = [
            (normal.text(example.get(TEXT)), example.get(INTENT))
            for example in training_data.intent_examples
        ]
        inside = [*asked.questions, *(text for text, intent in examples if about_guide(intent))]
        outside = [text for text, intent in examples if intent in NOT_COVERED]
        vectors = embed_many([*inside, *outside])
        covered = [True] * len(inside) + [False] * len(outside)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # stopping early is the point
            self._learned = Learned(
                passages=Networks.learn(vectors[: len(asked.keys)], asked.keys),
                covers=Networks.learn(vectors, covered),
            )
        with self._storage.write_to(self._resource) as directory:
            joblib.dump(self._learned, directory / FILE)
        return self._resource

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
        probabilities = self._learned.passages.likely(vector)[0]
        keys = self._learned.passages.classes
        best = np.argsort(probabilities)[::-1][:KEPT]
        ranking = [_entry(keys[i], float(probabilities[i])) for i in best]
        return ranking, float(self._learned.covers.likely(vector)[0][1])


def about_guide(intent: str | None) -> bool:
    """Whether an intent asks for a section of the guide."""
    return bool(intent) and str(intent).startswith(PREFIX) and intent not in NOT_ABOUT_THE_GUIDE


def _entry(key: str, confidence: float) -> dict[str, Any]:
    guide, _, passage = key.partition("#")
    return {"guide": guide, "passage": passage, "confidence": confidence}


def guide_questions(directory: str | None) -> Asked:
    """The example questions of the guides in a directory, in their normal form."""
    where = Path(directory) if directory else ROOT / "data" / "guide"
    library = load_library(where, serve_drafts=True, today=date.min)
    found = [
        (normal.text(question), "#".join(passage.key), passage.section)
        for passage in library.answerable()
        for asked in passage.questions.values()
        for question in asked
    ]
    questions, keys, sections = (list(column) for column in zip(*found, strict=True))
    return Asked(questions, keys, sections, library.fingerprint)
