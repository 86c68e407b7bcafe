"""The training examples: enough of them, none twice, none under two intents, twins kept apart."""

from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest
import yaml

from bot.guide import load_library, normal_question
from bot.settings import LOCALES, ROOT

NLU = ROOT / "data" / "nlu"
TWINS = Path(__file__).parents[1] / "data" / "nlu" / "twins.yml"
FEWEST = {"en": 40, "es": 20, "fr": 20}
NOT_LEARNED = {"red_flag", "send_question", "ask_guide"}
"""Set by code, by a button, by another guide's questions."""


def examples(locale):
    """(intent, example) of a language."""
    return [
        (entry["intent"], line[2:])
        for path in sorted(NLU.glob(f"*.{locale}.yml"))
        for entry in yaml.safe_load(path.read_text("utf-8"))["nlu"]
        for line in entry["examples"].splitlines()
    ]


def twins(locale):
    found = yaml.safe_load(TWINS.read_text("utf-8"))[locale]
    return [(intent, text) for intent, texts in found.items() for text in texts]


def guide_questions():
    """(section's intent, question) of all languages."""
    library = load_library(ROOT / "data" / "guide", serve_drafts=True, today=date.min)
    return [
        (f"ask_{passage.section}", question)
        for passage in library.answerable()
        for questions in passage.questions.values()
        for question in questions
    ]


@pytest.fixture(scope="module")
def intents():
    domain = yaml.safe_load((ROOT / "domain.yml").read_text("utf-8"))
    return set(domain["intents"]) - NOT_LEARNED


@pytest.mark.parametrize("locale", LOCALES)
def test_every_intent_has_enough_examples(intents, locale):
    counted = defaultdict(int)
    for intent, _ in examples(locale):
        counted[intent] += 1
    assert {name: counted[name] for name in intents if counted[name] < FEWEST[locale]} == {}
    assert set(counted) == intents


@pytest.mark.parametrize("locale", LOCALES)
def test_no_example_stands_twice(locale):
    seen = defaultdict(list)
    for intent, text in examples(locale):
        seen[normal_question(text) or text].append(intent)
    assert {text: where for text, where in seen.items() if len(where) > 1} == {}


def test_no_example_stands_under_two_intents():
    where = defaultdict(set)
    for locale in LOCALES:
        for intent, text in examples(locale):
            where[normal_question(text) or text].add(intent)
    for intent, text in guide_questions():
        own = where.get(normal_question(text))
        assert not own or own <= {intent, "ask_what_is_it"}, f"{text}: {own}, {intent}"
    assert {text: found for text, found in where.items() if len(found) > 1} == {}


@pytest.mark.parametrize("locale", LOCALES)
def test_every_intent_has_twins_that_nobody_trains_on(intents, locale):
    known = {normal_question(text) for _, text in examples(locale)}
    known |= {normal_question(text) for _, text in guide_questions()}
    assert {intent for intent, _ in twins(locale)} == intents
    assert [text for _, text in twins(locale) if normal_question(text) in known] == []
