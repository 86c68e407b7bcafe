"""What a patient reads of a question that is near a topic of the guide, though not answered."""

import asyncio

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import desk
from actions.related import ActionNotInGuide
from bot.settings import LOCALES

GUIDE = "microscope-assisted-spinal-surgery"


def refused(locale, *, likely=0.9, covers=0.4):
    """The messages of the action for a question whose nearest sentence is s22."""
    message = {
        "text": "?", "intent": {"name": "not_in_guide", "confidence": 0.6},
        "intent_ranking": [{"name": "not_in_guide", "confidence": 0.6},
                           {"name": "ask_return_to_activity", "confidence": 0.3}],
        "guide_passages": [{"guide": GUIDE, "passage": "s22", "confidence": likely}],
        "guide_covers": covers, "metadata": {"locale": locale, "today": "2026-03-14"},
    }  # fmt: skip
    dispatcher = CollectingDispatcher()
    tracker = Tracker("c", {}, message, [], False, None, {}, "action_listen")
    slots = asyncio.run(ActionNotInGuide().run(dispatcher, tracker, {}))
    return [one for one in dispatcher.messages if one.get("text")], slots


@pytest.mark.parametrize("locale", LOCALES)
def test_the_refusal_comes_first_then_the_labelled_sentence_with_its_source(locale):
    (refusal, related), slots = refused(locale)
    words = desk.wording().texts[locale]
    assert refusal["text"].startswith(words["not_in_guide"][:30])
    assert refusal["buttons"] == []
    assert not refusal["custom"]
    assert related["text"].startswith(words["related"])
    assert related["custom"]["source"]["passages"] == ["s22"]
    assert [one["payload"] for one in related["buttons"]] == ["/send_question", "/deny"]
    assert {"topic", "shown"} <= {one["name"] for one in slots}


@pytest.mark.parametrize("weak", [{"likely": 0.5}, {"covers": 0.1}])
def test_without_a_clear_relation_there_is_the_refusal_alone(weak):
    (refusal,), slots = refused("fr", **weak)
    assert [one["payload"] for one in refusal["buttons"]] == ["/send_question", "/deny"]
    assert slots == []
