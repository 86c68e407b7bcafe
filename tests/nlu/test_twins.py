"""Twins of the training examples, which nobody trains on: how many are understood, also misspelled.

Also what a long conversation costs: its two hundredth turn as little as its fifth.
"""

import asyncio
import random
import statistics
import time
from pathlib import Path

import pytest
import yaml
from varied import SEED, slips

from bot.settings import LOCALES

pytestmark = pytest.mark.model
TWINS = Path(__file__).parents[1] / "data" / "nlu" / "twins.yml"
FLOOR, MISSPELLED_FLOOR = 0.82, 0.66
"""Right of all intents in one language; measured 0.87 to 0.93, misspelled 0.71 to 0.84."""
TURNS = 200


@pytest.fixture(scope="module")
def understood(dialogue):
    """A function from a text to the intent the whole pipeline gives it."""
    from rasa.core.channels.channel import UserMessage  # noqa: PLC0415  takes seconds

    loop = asyncio.new_event_loop()
    parse = dialogue._host._agent.processor.parse_message

    def intent(text):
        message = UserMessage(text, metadata={"level": "none"})
        return loop.run_until_complete(parse(message))["intent"]["name"]

    yield intent
    loop.close()


def twins(locale):
    found = yaml.safe_load(TWINS.read_text("utf-8"))[locale]
    return [(str(text), intent) for intent, texts in found.items() for text in texts]


@pytest.mark.parametrize("locale", LOCALES)
def test_twins_are_understood(understood, locale):
    missed = [(text, intent) for text, intent in twins(locale) if understood(text) != intent]
    assert 1 - len(missed) / len(twins(locale)) >= FLOOR, missed


@pytest.mark.parametrize("locale", LOCALES)
def test_twins_with_slips_of_the_fingers_are_understood(understood, locale):
    dice = random.Random(SEED)  # noqa: S311  a seed for tests
    slipped = [(slips(text, dice), intent) for text, intent in twins(locale)]
    missed = [(text, intent) for text, intent in slipped if understood(text) != intent]
    assert 1 - len(missed) / len(slipped) >= MISSPELLED_FLOOR, missed


def test_the_two_hundredth_turn_costs_what_the_fifth_did(chat):
    talk, costs = chat(), []
    asked = ("When can I drive again?", "What are the risks?", "thanks", "And sport?")
    for turn in range(TURNS + 8):
        began = time.process_time()
        talk.says(asked[turn % len(asked)])
        costs.append(time.process_time() - began)
    early, late = costs[4:12], costs[TURNS : TURNS + 8]
    assert statistics.median(late) <= 1.5 * statistics.median(early), (early, late)
