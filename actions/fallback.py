"""When it is unclear what was meant: ask back once with human titles, then offer a nurse."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.desk import Desk

Events = list[dict[str, Any]]
OFFERED = 3
WORTH_OFFERING = 0.05


class ActionFallback(Action):
    """Ask back, or hand over."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_fallback"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, _domain: dict[str, Any]
    ) -> Events:
        """Say what fits best."""
        desk = Desk(tracker, dispatcher)
        nurse = desk.button("nurse", "ask_nurse")
        if desk.metadata.get("foreign"):
            desk.say(desk.words("other_language"), buttons=[nurse])
            return []
        if not any(letter.isalpha() for letter in desk.text):
            desk.say(desk.words("only_symbols"), buttons=[nurse])
            return []
        offers = desk.topics(*_likely(desk))
        if tracker.get_slot("asked_back") or not offers:
            desk.effect("gap", kind="not_understood")
            desk.say(desk.words("not_understood"), buttons=[nurse])
            return [SlotSet("asked_back", None)]
        desk.say(desk.words("did_you_mean"), buttons=[*offers, nurse])
        return [SlotSet("asked_back", 1)]


def _likely(desk: Desk) -> list[str]:
    guide = desk.guide
    sections = {one.id for one in guide.sections if one.passages} if guide else set()
    ranked = sorted(desk.intents.items(), key=lambda item: item[1], reverse=True)
    likely = [
        name.removeprefix("ask_")
        for name, confidence in ranked
        if name.removeprefix("ask_") in sections and confidence >= WORTH_OFFERING
    ]
    return likely[:OFFERED]
