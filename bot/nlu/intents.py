"""Which intent a message has, by its sentence vector."""

from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY
from rasa.shared.nlu.training_data.message import Message

from bot.guide import questions
from bot.guide.find import SHARED_TOPIC
from bot.nlu.asked import ANY_SECTION, PREFIX, Asked
from bot.nlu.embeddings import Vectors, embed, embed_many
from bot.nlu.features import SentenceEmbeddings, vector_of
from bot.nlu.learned import Learner
from bot.nlu.networks import Networks
from bot.nlu.reading import CONTEXT, READ, read_as

RANKED = 12
COURTESY = {"greet", "goodbye", "thank", "compliment_or_chat", "affirm"}
CLEAR_ALONE = 0.6
"""A short message that is as clear as this by itself needs no help from the one before it."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentNetworks(Learner[Networks]):
    """Sets the intent and the ranking of all; learns from the guides' questions too."""

    @classmethod
    def required_components(cls) -> list[type]:
        """The sentence vectors."""
        return [SentenceEmbeddings]

    def learn(self, examples: list[Message], asked: Asked) -> Networks:
        """From the examples their intents, from the guides' questions those of their sections."""
        intents = [example.get(INTENT) for example in examples]
        known = set(intents)
        wanted = [_intent(section, known) for section in asked.sections]
        vectors = [*(vector_of(example) for example in examples), embed_many(asked.questions)]
        return Networks.learn(np.vstack(vectors), intents + wanted)

    def judge(self, message: Message) -> None:
        """Set the intent and the ranking."""
        ranking = self._ranking(vector_of(message))
        if ranking[0]["name"] in COURTESY:
            ranking = self._beyond_courtesy(message) or ranking
        if message.get(CONTEXT) and ranking[0]["confidence"] < CLEAR_ALONE:
            message.set(READ, message.get(CONTEXT))
            ranking = self._ranking(embed(message.get(CONTEXT)))
        message.set(INTENT, ranking[0], add_to_output=True)
        message.set(INTENT_RANKING_KEY, ranking[:RANKED], add_to_output=True)

    def _beyond_courtesy(self, message: Message) -> list[dict[str, Any]] | None:
        """What a message wants besides a greeting or thanks, where one of its clauses says so."""
        clauses = questions.clauses(read_as(message))
        rankings = {clause: self._ranking(embed(clause)) for clause in clauses}
        clear = {
            clause: ranking
            for clause, ranking in rankings.items()
            if ranking[0]["name"] not in COURTESY and ranking[0]["confidence"] >= CLEAR_ALONE
        }
        if not clear:
            return None
        clearest = max(clear, key=lambda clause: float(clear[clause][0]["confidence"]))
        message.set(READ, clearest)
        return clear[clearest]

    def _ranking(self, vector: Vectors) -> list[dict[str, Any]]:
        likely = self.known.likely(np.atleast_2d(vector))[0]
        return [
            {"name": str(self.known.classes[at]), "confidence": float(likely[at])}
            for at in np.argsort(likely)[::-1]
        ]


def _intent(section: str, known: set[str]) -> str:
    intent = PREFIX + SHARED_TOPIC.get(section, section)
    return intent if intent in known else ANY_SECTION
