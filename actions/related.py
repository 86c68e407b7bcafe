"""What the guide does not answer: said so, with at most one passage of the same topic, as such."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.answer import heading, ranked, remember
from actions.desk import Desk
from actions.requests import not_covered_buttons, say_not_covered
from bot.guide import NothingToServeError, Passage, render
from bot.guide.find import related, score
from bot.nlu.asked import about_guide

Events = list[dict[str, Any]]


class ActionNotInGuide(Action):
    """Say that the guide does not answer this, and offer the clinic."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_not_in_guide"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, _domain: dict[str, Any]
    ) -> Events:
        """Say so, show what is related where something clearly is, and note the gap."""
        desk = Desk(tracker, dispatcher)
        passage = _related(desk)
        if passage is None:
            say_not_covered(desk)
            return []
        try:
            answer = render([passage], language=desk.locale, labels=desk.labels())
        except NothingToServeError:
            say_not_covered(desk)
            return []
        say_not_covered(desk, ask=False)
        titled = heading(desk, passage.guide, passage.section)
        text = f"{desk.words('related')}\n\n{titled}\n\n{answer.text}"
        desk.say(text, buttons=not_covered_buttons(desk), source=answer.source.as_json())
        return remember([passage])


def _related(desk: Desk) -> Passage | None:
    guide = desk.guide
    if guide is None:
        return None
    topics = {
        name.removeprefix("ask_"): value
        for name, value in desk.intents.items()
        if about_guide(name)
    }
    ranking = ranked(desk.ranking)
    candidates = score(desk.library, ranking, topics, guide=guide.id)
    return related(candidates, ranking, topics, desk.covers)
