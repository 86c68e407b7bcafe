"""Whether the guide answers a question: two opinions, one decision.

The intent classifier has seen questions the guide does not cover; so has the second classifier of
bot/nlu/passages.py, on sentence vectors alone. Their mean decides between answering and saying
honestly that the guide does not cover it. Weights and threshold: docs/decisions/0006.
"""

from __future__ import annotations

from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.asked import NOT_COVERED, about_guide
from bot.nlu.component import Component
from bot.nlu.passages import COVERS


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class GuideCoverage(Component):
    """Turns a guide intent into `not_in_guide` or back where both opinions together say so."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Weight of the intent's opinion, where refusing begins, how sure it must be elsewhere."""
        return {
            "intent_weight": 0.5,
            "refuse_above": 0.35,
            "sure_of_service": 0.35,
            "clearly_elsewhere": 3.0,
        }

    def process(self, messages: list[Message]) -> list[Message]:
        """Decide for every message that is about the guide or near it."""
        for message in messages:
            listed = message.get(INTENT_RANKING_KEY, [])
            ranking = {one["name"]: one["confidence"] for one in listed}
            covers = message.get(COVERS)
            name = (message.get(INTENT) or {}).get("name")
            unsure = ranking.get(str(name), 1.0) < self._config["sure_of_service"]
            near = any(map(about_guide, ranking))  # the ranking holds the first few intents only
            asked = near and (about_guide(name) or name in NOT_COVERED or unsure)
            if covers is not None and asked:
                decided = self._decide(ranking, covers)
                intent = {"name": decided, "confidence": max(ranking.values())}
                message.set(INTENT, intent, add_to_output=True)
        return messages

    def _decide(self, ranking: dict[str, float], covers: float) -> str:
        inside = {name: value for name, value in ranking.items() if about_guide(name)}
        outside = {name: ranking.get(name, 0.0) for name in NOT_COVERED}
        total = sum(inside.values()) + sum(outside.values())
        by_intent = sum(outside.values()) / total
        weight = self._config["intent_weight"]
        refuse = weight * by_intent + (1 - weight) * (1 - covers) > self._config["refuse_above"]
        if refuse:
            medical, elsewhere = (outside[name] for name in NOT_COVERED)
            clear = elsewhere > self._config["clearly_elsewhere"] * medical
            return NOT_COVERED[1] if clear else NOT_COVERED[0]
        return max(inside, key=lambda name: inside[name])
