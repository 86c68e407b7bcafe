"""Answers from the guide: passages for this question, the next ones, the same in other words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.desk import Desk
from bot.guide import NothingToServeError, Passage, Style, render
from bot.guide.find import best, score

Events = list[dict[str, Any]]
FIRST = 2
"""How many sentences of a section are shown when it was chosen by its button."""
NEIGHBOURS = 2
CLEAR = 0.4
"""A part must point at one passage at least this clearly; else the message is read as a whole."""
COVERED = 0.5
"""A part of a message is answered when the guide covers it with at least this probability."""
COMMON = ("preparation", "recovery", "risks")


class ActionAnswer(Action):
    """The sentences that answer the question."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_answer"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, _domain: dict[str, Any]
    ) -> Events:
        """Say them."""
        desk = Desk(tracker, dispatcher)
        answers = _chosen(desk) or [_first(desk, desk.intent.removeprefix("ask_"))]
        shown: list[Passage] = []
        for answer in answers:
            if _say(desk, answer, last=answer is answers[-1]):
                shown = list(answer)
        return _remember(shown)


class ActionMore(Action):
    """The rest of the section."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_more"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, _domain: dict[str, Any]
    ) -> Events:
        """Say the next sentences, or that there are no more."""
        desk = Desk(tracker, dispatcher)
        topic, shown = tracker.get_slot("topic"), tracker.get_slot("shown") or []
        if not topic:
            desk.say(desk.words("no_topic"), buttons=desk.topics(*COMMON))
            return []
        rest = [one for one in desk.library.passages(topic) if one.id not in shown][:FIRST]
        if not rest or not _say(desk, rest):
            desk.say(desk.words("nothing_more"), buttons=_neighbours(desk, topic))
            return []
        return _remember(rest, before=shown)


class _SayAgain:
    """What was shown last, in another style; no Action itself, or the SDK would register it."""

    style: Style

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, _domain: dict[str, Any]
    ) -> Events:
        """Say it again."""
        desk = Desk(tracker, dispatcher)
        shown = tracker.get_slot("shown") or []
        topic = tracker.get_slot("topic")
        section = desk.library.passages(topic) if topic else ()
        passages = [one for one in section if one.id in shown]
        if not passages or not _say(desk, passages, style=self.style):
            desk.say(desk.words("no_topic"), buttons=desk.topics(*COMMON))
        return []


class ActionSimpler(_SayAgain, Action):
    """In plain words."""

    style = "plain_first"

    def name(self) -> str:
        """The name in the domain."""
        return "action_simpler"


class ActionVerbatim(_SayAgain, Action):
    """In the guide's own words."""

    style = "verbatim"

    def name(self) -> str:
        """The name in the domain."""
        return "action_verbatim"


def _chosen(desk: Desk) -> list[list[Passage]]:
    topics = {name.removeprefix("ask_"): value for name, value in desk.intents.items()}
    whole = best(score(desk.library, _ranked(desk.ranking), topics))
    parts = [
        best(score(desk.library, _ranked(part["ranking"]), {}))
        for part in desk.parts
        if part["covers"] >= COVERED and part["ranking"][0]["confidence"] >= CLEAR
    ]
    sections = {part[0].section for part in parts if part}
    return parts if len(sections) > 1 else [whole] if whole else []


def _ranked(ranking: list[dict[str, Any]]) -> list[tuple[str, str, float]]:
    return [(one["guide"], one["passage"], one["confidence"]) for one in ranking]


def _first(desk: Desk, section: str) -> list[Passage]:
    return list(desk.library.passages(section)[:FIRST])


def _say(
    desk: Desk, passages: Sequence[Passage], *, style: Style = "plain_first", last: bool = True
) -> bool:
    try:
        answer = render(passages, language=desk.locale, style=style, labels=desk.labels())
    except NothingToServeError:
        buttons = [desk.button("send_question", "send_question")]
        desk.say(desk.words("not_in_guide"), buttons=buttons)
        return False
    section = passages[0].section
    title = desk.words("section_label", title=desk.library.section(section).title(desk.locale))
    buttons = []
    if last:
        more = len(desk.library.passages(section)) > len(passages)
        buttons = [desk.button("more", "more")] * more + _neighbours(desk, section)
    desk.say(f"{title}\n\n{answer.text}", buttons=buttons, source=answer.source.as_json())
    return True


def _neighbours(desk: Desk, section: str) -> list[dict[str, str]]:
    near = [one for one in desk.library.neighbours(section) if one.id != "intro"]
    return desk.topics(*(one.id for one in near[:NEIGHBOURS]))


def _remember(passages: Sequence[Passage], before: Sequence[str] = ()) -> Events:
    if not passages:
        return []
    return [
        SlotSet("topic", passages[0].section),
        SlotSet("shown", [*before, *(one.id for one in passages)]),
        SlotSet("asked_back", None),
    ]
