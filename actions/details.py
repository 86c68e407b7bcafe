"""Asking for telephone, name and operation date; each answer is kept as soon as it is given."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, FormValidationAction, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.desk import Desk
from bot.consultations import details

SKIPPED = "-"
SURE_OF_INTENT = 0.5
"""Above it, words that could be a name are taken for what they say."""
SLOTS = ("patient_phone", "patient_name", "operation_date")
Events = list[dict[str, Any]]


class ValidateDetailsForm(FormValidationAction):
    """Which details are still wanted, and what counts as an answer."""

    def name(self) -> str:
        """The name in the domain."""
        return "validate_details_form"

    async def required_slots(
        self,
        domain_slots: list[str],  # noqa: ARG002  the SDK's signature
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],  # noqa: ARG002
    ) -> list[str]:
        """What the clinic does not know yet, the telephone first."""
        known = Desk(tracker, dispatcher).metadata.get("known", [])
        return [slot for slot in SLOTS if slot not in known or tracker.get_slot(slot)]

    async def extract_patient_phone(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, _domain: dict[str, Any]
    ) -> dict[str, Any]:
        """A telephone number, or nothing."""
        return _extract("patient_phone", Desk(tracker, dispatcher))

    async def extract_patient_name(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, _domain: dict[str, Any]
    ) -> dict[str, Any]:
        """A name, or nothing."""
        return _extract("patient_name", Desk(tracker, dispatcher))

    async def extract_operation_date(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, _domain: dict[str, Any]
    ) -> dict[str, Any]:
        """A date, or nothing."""
        return _extract("operation_date", Desk(tracker, dispatcher))


class _AskFor:
    """What the three questions share; no Action itself, or the SDK would register it."""

    slot: str

    def name(self) -> str:
        """The name in the domain."""
        return f"action_ask_{self.slot}"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, _domain: dict[str, Any]
    ) -> Events:
        """Ask; the patient may skip it."""
        desk = Desk(tracker, dispatcher)
        desk.say(desk.words(f"ask_{self.slot}"), buttons=[desk.button("skip", "skip")])
        return []


class ActionAskPatientPhone(_AskFor, Action):
    """Ask for the telephone number."""

    slot = "patient_phone"


class ActionAskPatientName(_AskFor, Action):
    """Ask for the name."""

    slot = "patient_name"


class ActionAskOperationDate(_AskFor, Action):
    """Ask for the date of the operation."""

    slot = "operation_date"


class ActionDetailsDone(Action):
    """Say what was kept; the answers leave the dialogue's memory."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_details_done"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, _domain: dict[str, Any]
    ) -> Events:
        """Close the form."""
        desk = Desk(tracker, dispatcher)
        values = [tracker.get_slot(slot) for slot in SLOTS]
        given = [value for value in values if value and value != SKIPPED]
        if given:
            desk.effect("details", wording="details_stored")
        elif any(values):
            desk.say(desk.words("details_skipped"))
        return [SlotSet(slot, None) for slot in SLOTS]


class ActionNoteDetails(Action):
    """Details given unasked: keep what can be read."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_note_details"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, _domain: dict[str, Any]
    ) -> Events:
        """Keep them, or say how to give them."""
        desk = Desk(tracker, dispatcher)
        found = details.read_all(desk.text, today=desk.today, locale=desk.locale)
        if found:
            desk.effect("details", wording="details_stored", **found)
        else:
            desk.say(desk.words("ask_patient_phone"))
        return []


def _extract(slot: str, desk: Desk) -> dict[str, Any]:
    if desk.tracker.get_slot("requested_slot") != slot or desk.intent == "red_flag":
        return {}
    if desk.intent in ("skip", "deny"):
        return {slot: SKIPPED}
    if slot == "patient_name" and _says_something_else(desk):
        return {}
    answer = details.read(slot, desk.text, today=desk.today, locale=desk.locale)
    if answer.value is not None:
        desk.effect("details", **{slot: answer.value})
    elif answer.attempted:
        desk.say(desk.words(f"invalid_{slot}"))
    return {slot: answer.value} if answer.value or answer.attempted else {}


def _says_something_else(desk: Desk) -> bool:
    return desk.confidence > SURE_OF_INTENT and desk.intent != "give_details"
