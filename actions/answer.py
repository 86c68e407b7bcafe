"""Answers from the guide: passages for this question, the next ones, the same in other words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.desk import Desk
from actions.requests import say_not_covered
from bot.guide import Guide, NothingToServeError, Passage, Style, render
from bot.guide.find import best, best_of_all, by_section, clearest, score, speaks_of

Events = list[dict[str, Any]]
FIRST = 2
"""How many sentences of a section are shown when it was chosen by its button."""
NEIGHBOURS = 2
CLEAR = 0.3
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
        """Say them, or ask which operation it is about."""
        desk = Desk(tracker, dispatcher)
        if desk.guide is None:
            desk.ask_operation()
            return [SlotSet("pending", desk.question)]
        return answer(desk, desk.guide)


class ActionChooseGuide(Action):
    """Which operation it is about: asked, changed, remembered."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_choose_guide"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, _domain: dict[str, Any]
    ) -> Events:
        """Take the operation that was named and answer what was asked before; or ask."""
        desk = Desk(tracker, dispatcher)
        if len(desk.library.guides) == 1:
            desk.say(desk.words("one_guide", title=desk.title(desk.library.guide())),
                     buttons=desk.topics(*COMMON))  # fmt: skip
            return []
        named = desk.named
        if len(named) != 1:
            desk.ask_operation()
            return []
        pending = tracker.get_slot("pending")
        if pending:
            return answer(Desk(tracker, dispatcher, pending), named[0])
        desk.say(desk.words("guide_chosen", title=desk.title(named[0])),
                 buttons=desk.topics(*COMMON))  # fmt: skip
        return settle(desk, named[0])


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
        section, shown = _section_shown(desk), tracker.get_slot("shown") or []
        if not section:
            desk.say(desk.words("no_topic"), buttons=desk.topics(*COMMON))
            return []
        rest = [one for one in section if one.id not in shown][:FIRST]
        if not rest or not _say(desk, rest):
            near = _neighbours(desk, section[0].guide, section[0].section)
            desk.say(desk.words("nothing_more"), buttons=near)
            return []
        return remember(rest, before=shown)


class _SayAgain:
    """What was shown last, in another style; no Action itself, or the SDK would register it."""

    style: Style
    nothing: str = "no_topic"
    """What is said where nothing was shown before."""

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, _domain: dict[str, Any]
    ) -> Events:
        """Say it again."""
        desk = Desk(tracker, dispatcher)
        shown = tracker.get_slot("shown") or []
        passages = [one for one in _section_shown(desk) if one.id in shown]
        if not passages or not _say(desk, passages, style=self.style):
            desk.say(desk.words(self.nothing), buttons=desk.topics(*COMMON))
        return []


class ActionSimpler(_SayAgain, Action):
    """In plain words."""

    style = "plain"
    nothing = "no_topic_plain"

    def name(self) -> str:
        """The name in the domain."""
        return "action_simpler"


class ActionVerbatim(_SayAgain, Action):
    """In the guide's own words."""

    style = "verbatim"

    def name(self) -> str:
        """The name in the domain."""
        return "action_verbatim"


def answer(desk: Desk, guide: Guide) -> Events:
    """Answer the question of a desk from one guide."""
    ranking = ranked(desk.ranking)
    if ranking and not speaks_of(guide, ranking, desk.intent.removeprefix("ask_")):
        others = [one for one in desk.library.guides.values() if one is not guide]
        say_not_covered(desk, buttons=desk.guides(*others))
        return settle(desk, guide)
    answers = [one for one in _chosen(desk, guide) or [_first(desk, guide)] if one]
    if not answers:
        say_not_covered(desk)
    said = [one for one in answers if _say(desk, one, last=one is answers[-1])]
    return [*settle(desk, guide), *remember(said[-1] if said else ())]


def _chosen(desk: Desk, guide: Guide) -> list[list[Passage]]:
    topics = {name.removeprefix("ask_"): value for name, value in desk.intents.items()}
    whole = score(desk.library, ranked(desk.ranking), topics, guide=guide.id)
    parts = [
        best(score(desk.library, ranked(part["ranking"]), {}, guide=guide.id))
        for part in desk.parts
        if part["covers"] >= COVERED and clearest(ranked(part["ranking"]), guide.id) >= CLEAR
    ]
    several = len({part[0].id for part in parts if part}) > 1
    return by_section(parts) if several else best_of_all(whole)


def ranked(ranking: list[dict[str, Any]]) -> list[tuple[str, str, float]]:
    """A ranking of the parse data as the guide's functions take it."""
    return [(one["guide"], one["passage"], one["confidence"]) for one in ranking]


def _first(desk: Desk, guide: Guide) -> list[Passage]:
    """The first sentences of a section that was chosen by its button."""
    named = desk.intent.removeprefix("ask_")
    titled = [one.id for one in guide.sections if desk.text in one.titles.values()]
    known = [one.id for one in guide.sections if one.id == named] + titled
    return list(desk.library.passages(known[0], guide=guide.id)[:FIRST]) if known else []


def _say(
    desk: Desk, passages: Sequence[Passage], *, style: Style = "plain_first", last: bool = True
) -> bool:
    try:
        answer = render(passages, language=desk.locale, style=style, labels=desk.labels())
    except NothingToServeError:
        say_not_covered(desk)
        return False
    guide, section = passages[0].guide, passages[0].section
    buttons = []
    if last:
        more = len(desk.library.passages(section, guide=guide)) > len(passages)
        exact = [desk.button("verbatim", "verbatim")] if style == "plain" else []
        buttons = [desk.button("more", "more")] * more + exact + _neighbours(desk, guide, section)
    text = f"{heading(desk, guide, section)}\n\n{answer.text}"
    desk.say(text, buttons=buttons, source=answer.source.as_json())
    return True


def heading(desk: Desk, guide: str, section: str) -> str:
    """The line that names the section, and the guide where there are several."""
    title = desk.library.section(section, guide=guide).title(desk.locale)
    line = desk.words("section_label", title=title)
    if len(desk.library.guides) == 1:
        return line
    about = desk.words("guide_label", title=desk.title(desk.library.guide(guide)))
    return f"{about}\n{line}"


def _neighbours(desk: Desk, guide: str, section: str) -> list[dict[str, str]]:
    near = [one for one in desk.library.neighbours(section, guide=guide) if one.id != "intro"]
    return desk.sections(near[:NEIGHBOURS])


def remember(passages: Sequence[Passage], before: Sequence[str] = ()) -> Events:
    """What was shown: "simpler" and "more" go on from it."""
    if not passages:
        return []
    return [
        SlotSet("topic", passages[0].section),
        SlotSet("shown", [*before, *(one.id for one in passages)]),
        SlotSet("asked_back", None),
    ]


def settle(desk: Desk, guide: Guide) -> Events:
    """The operation is known from now on; what was shown of another guide is past."""
    if len(desk.library.guides) == 1:
        return []
    same = desk.tracker.get_slot("guide") == guide.id
    past = [] if same else [SlotSet("topic", None), SlotSet("shown", None)]
    return [SlotSet("guide", guide.id), SlotSet("pending", None), *past]


def _section_shown(desk: Desk) -> Sequence[Passage]:
    """The section answered from last."""
    topic, guide = desk.tracker.get_slot("topic"), desk.guide
    if guide is None or topic not in {one.id for one in guide.sections}:
        return ()
    return desk.library.passages(topic, guide=guide.id)
