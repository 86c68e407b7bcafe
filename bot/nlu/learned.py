"""What the components that learn have in common: made, trained, stored and loaded by Rasa."""

from __future__ import annotations

import hashlib
import inspect
from abc import abstractmethod
from typing import Any, Generic, TypeVar

import joblib
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from typing_extensions import Self

from bot.nlu import asked, networks, normal
from bot.nlu.asked import Asked, guide_questions
from bot.nlu.embeddings import default_embedder

FILE = "learned.joblib"
Knowledge = TypeVar("Knowledge")
Own = TypeVar("Own", bound="Learner")


class Learner(GraphComponent, Generic[Knowledge]):
    """Learns from the training examples and from the guides' questions."""

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
    ) -> Self:
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
    ) -> Self:
        """Called by Rasa with a trained model."""
        with model_storage.read_from(resource) as directory:
            return cls(config, model_storage, resource, joblib.load(directory / FILE))

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Train again when a guide, the embedding model or code that learning uses changes."""
        guides = asked.guides(config.get("guides")).fingerprint
        code = "".join(map(inspect.getsource, (asked, networks, normal)))
        return f"{guides}-{default_embedder().name}-{hashlib.sha256(code.encode()).hexdigest()}"

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        knowledge: Knowledge | None = None,
    ) -> None:
        self._config = config
        self._storage = model_storage
        self._resource = resource
        self._knowledge = knowledge

    def train(self, training_data: TrainingData) -> Resource:
        """Learn and keep what was learned with the model."""
        questions = guide_questions(self._config["guides"])
        self._knowledge = self.learn(training_data.intent_examples, questions)
        with self._storage.write_to(self._resource) as directory:
            joblib.dump(self._knowledge, directory / FILE)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing is added to training examples."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Judge every message that has words."""
        for message in messages:
            if message.get(TEXT):
                self.judge(message)
        return messages

    @property
    def known(self) -> Knowledge:
        """What was learned."""
        assert self._knowledge is not None, "trained or loaded before use"  # noqa: S101
        return self._knowledge

    @abstractmethod
    def learn(self, examples: list[Message], asked: Asked) -> Knowledge:
        """What is to be stored."""

    @abstractmethod
    def judge(self, message: Message) -> None:
        """Add to a message what is known about it."""
