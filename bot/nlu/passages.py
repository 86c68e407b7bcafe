"""Which sentences of the guides answer this very question, and whether any does.

Learns from the example questions in the guide files, so another guide is one more file. Every
message gets a ranking, kept in the parse data under `guide_passages`, and the probability that
the guides cover the question at all (`guide_covers`); a message of two questions also gets both
for each part (`guide_parts`). Coverage is learned against the examples of what the
guides do not cover.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.guide import questions
from bot.nlu import normal
from bot.nlu.asked import NOT_COVERED, Asked, about_guide
from bot.nlu.embeddings import embed, embed_many
from bot.nlu.learned import Learner
from bot.nlu.networks import Networks
from bot.nlu.reading import read, read_as

RANKING = "guide_passages"
COVERS = "guide_covers"
PARTS = "guide_parts"
KEPT = 8


@dataclass(frozen=True)
class Learned:
    """What training leaves behind."""

    passages: Networks
    covers: Networks


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class PassageRanker(Learner[Learned]):
    """Ranks the passages that may be answered from, best first, with probabilities."""

    def learn(self, examples: list[Message], asked: Asked) -> Learned:
        """Which question belongs to which passage, and which to none."""
        told = [(normal.text(example.get(TEXT)), example.get(INTENT)) for example in examples]
        inside = [*asked.questions, *(text for text, intent in told if about_guide(intent))]
        outside = [text for text, intent in told if intent in NOT_COVERED]
        vectors = embed_many([*inside, *outside])
        covered = [True] * len(inside) + [False] * len(outside)
        return Learned(
            passages=Networks.learn(vectors[: len(asked.keys)], asked.keys),
            covers=Networks.learn(vectors, covered),
        )

    def judge(self, message: Message) -> None:
        """Add the ranking: [{"guide", "passage", "confidence"}, ...], and the coverage."""
        ranking, covers = self._judge(read_as(message))
        message.set(RANKING, ranking, add_to_output=True)
        message.set(COVERS, covers, add_to_output=True)
        parts = questions.split(message.get(TEXT))
        judged = [self._judge(read(part)) for part in parts] if len(parts) > 1 else []
        message.set(PARTS, [{"ranking": r, "covers": c} for r, c in judged], add_to_output=True)

    def _judge(self, text: str) -> tuple[list[dict[str, Any]], float]:
        vector = np.atleast_2d(embed(text))
        probabilities = self.known.passages.likely(vector)[0]
        keys = self.known.passages.classes
        best_first = np.argsort(probabilities)[::-1]
        ranking = [_entry(keys[at], float(probabilities[at])) for at in best_first]
        return _few_of_each(ranking), float(self.known.covers.likely(vector)[0][1])


def _few_of_each(ranking: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The best passages of every guide."""
    seen: Counter[str] = Counter()
    kept = []
    for entry in ranking:
        seen[entry["guide"]] += 1
        if seen[entry["guide"]] <= KEPT:
            kept.append(entry)
    return kept


def _entry(key: str, confidence: float) -> dict[str, Any]:
    guide, _, passage = key.partition("#")
    return {"guide": guide, "passage": passage, "confidence": confidence}
