"""Small talk, help, privacy, who is there: one reviewed text for each intent."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.desk import Desk

WORDING = {"compliment_or_chat": "chat", "skip": "deny"}
"""Intents whose text has another name; all others are found under their own."""
WITH_TOPICS = {"greet", "help", "out_of_scope", "who_are_you", "affirm"}
WITH_NURSE = {"upset", "help", "who_are_you"}


class ActionSay(Action):
    """The text for this intent."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_say"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, _domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Say it."""
        desk = Desk(tracker, dispatcher)
        if desk.intent == "affirm" and desk.offered("send_question"):
            desk.effect("request", wording="question_stored")  # "yes, send it" typed, not tapped
            return []
        buttons = []
        if desk.intent in WITH_TOPICS:
            buttons += desk.topics("preparation", "recovery", "warning_signs")
            if len(desk.library.guides) > 1 and desk.guide is not None:
                buttons.append(desk.button("other_operation", "choose_guide"))
        if desk.intent in WITH_NURSE:
            buttons.append(desk.button("nurse", "ask_nurse"))
        desk.say(desk.words(WORDING.get(desk.intent, desk.intent)), buttons=buttons)
        return []
