"""Changing the language on request."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.desk import Desk, wording

NAMES = {
    "en": re.compile(r"\b(english|ingl[eé]s|anglais)\b", re.IGNORECASE),
    "es": re.compile(r"\b(spanish|espa[nñ]ol|castellano|espagnol)\b", re.IGNORECASE),
    "fr": re.compile(r"\b(french|franc[eé]s|fran[cç]ais|francais)\b", re.IGNORECASE),
}


class ActionSwitchLanguage(Action):
    """Answer in the language that was named."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_switch_language"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, _domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Switch, or say which languages there are."""
        desk = Desk(tracker, dispatcher)
        named = [locale for locale, pattern in NAMES.items() if pattern.search(desk.text)]
        if len(named) != 1:
            desk.say(desk.words("language_unknown"))
            return []
        desk.effect("language", locale=named[0])
        desk.say(wording().text("language_now", named[0]))
        return []
