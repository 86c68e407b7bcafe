"""Getting a message to the clinic: a nurse, a question the guide does not answer, an appointment.

The text that says "stored" is said by the code that stores (bot/conversation/answers.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.desk import Desk

Events = list[dict[str, Any]]


class ActionAskNurse(Action):
    """File a routine request, unless the button has filed it already."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_ask_nurse"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, _domain: dict[str, Any]
    ) -> Events:
        """File it."""
        desk = Desk(tracker, dispatcher)
        if not desk.metadata.get("filed"):
            desk.effect("request", wording="request_stored")
        return []


class ActionSendQuestion(Action):
    """Send the question the guide did not answer to the clinic."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_send_question"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, _domain: dict[str, Any]
    ) -> Events:
        """File it."""
        Desk(tracker, dispatcher).effect("request", wording="question_stored")
        return []


class ActionBook(Action):
    """Appointments are made by people."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_book"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, _domain: dict[str, Any]
    ) -> Events:
        """Say what can be done and offer to pass it on."""
        desk = Desk(tracker, dispatcher)
        desk.say(desk.words("book"), buttons=[desk.button("send_request", "send_question")])
        return []


class ActionRedFlag(Action):
    """Nothing to add: the intake has answered. In `rasa shell` there is no intake: say so."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_red_flag"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, _domain: dict[str, Any]
    ) -> Events:
        """Stay silent, or explain."""
        desk = Desk(tracker, dispatcher)
        if not desk.metadata:
            desk.say(desk.words("shell_red_flag"))
        return []


def say_not_covered(
    desk: Desk, buttons: Sequence[dict[str, str]] = (), *, ask: bool = True
) -> None:
    """Say that the guide does not answer this, and note the gap; `ask`: with the buttons."""
    desk.effect("gap", kind="not_in_guide")
    shown = [*buttons, *not_covered_buttons(desk)] if ask else []
    desk.say(desk.words("not_in_guide"), buttons=shown)


def not_covered_buttons(desk: Desk) -> list[dict[str, str]]:
    """One tap to send the question to the clinic, or not."""
    return [desk.button("send_question", "send_question"), desk.button("no_thanks", "deny")]
