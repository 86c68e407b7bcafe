"""Nothing is said that is not a passage of the guide or a reviewed text."""

import asyncio
from datetime import date

import pytest

from bot import parts
from bot.conversation.approved import Approved, Checked
from bot.conversation.dialogue import Turned
from bot.guide import Labels, render
from bot.settings import LOCALES, Settings
from bot.wording import placeholders

SETTINGS = Settings(
    clinic_name="Back (and Neck) Clinic",
    clinic_phone="+1 555 0100",
    clinic_hours="Mon-Fri 8-18",
    emergency_number="112",
    serve_drafts=True,
)


@pytest.fixture(scope="module")
def wording():
    return parts.wording(SETTINGS)


@pytest.fixture(scope="module")
def library():
    return parts.library(SETTINGS)


@pytest.fixture(scope="module")
def approved(wording, library):
    return Approved(wording, library)


@pytest.mark.parametrize("locale", LOCALES)
def test_every_reviewed_text_may_be_said(approved, wording, library, locale):
    values = {"reference": "R-7K2QX", "title": library.section("risks").title(locale)}
    for key, text in wording.texts[locale].items():
        wanted = placeholders(text)
        if wanted & {"name", "role", "nurse"}:  # said by the product itself at a hand-over
            continue
        filled = wording.text(key, locale, **{k: v for k, v in values.items() if k in wanted})
        assert approved.allows(filled), key


@pytest.mark.parametrize("style", ["plain_first", "verbatim"])
@pytest.mark.parametrize("locale", LOCALES)
def test_every_passage_may_be_said(approved, wording, library, locale, style):
    labels = Labels(*(wording.text(key, locale) for key in (
        "plain_approved_label", "plain_label", "verbatim_label", "translation_label",
        "draft_label", "original_label",
    )))  # fmt: skip
    for section in library.guide().sections:
        if not any(passage.answers for passage in section.passages):
            continue
        answer = render(section.passages, language=locale, style=style, labels=labels)
        assert approved.allows(answer.text), section.id


@pytest.mark.parametrize("text", [
    "Take 400 mg of ibuprofen every six hours.",
    "This is normal, nothing to worry about.",
    "You're welcome. Is there anything else you would like to know? You can drive tomorrow.",
    "Section: How to leave hospital early",
    "Clinic: +1 555 0199",
    "From the clinic's guide\nDrink two litres before the operation.",
])  # fmt: skip
def test_nothing_else_may_be_said(approved, text):
    assert not approved.allows(text)


def test_a_word_changed_in_a_sentence_of_the_guide_is_noticed(approved, library):
    text = library.passage("s13").source_text
    assert approved.allows(text)
    assert not approved.allows(text.replace(" the ", " no ", 1))


def test_a_text_that_may_not_be_shown_may_not_be_said(wording):
    strict = parts.library(Settings(serve_drafts=False))
    draft = parts.library(SETTINGS).passage("s13").wording("en").plain.text
    assert not Approved(wording, strict.at(date.min)).allows(draft)


class Inventive:
    def __init__(self, *steps):
        self.steps = list(steps)

    async def turn(self, _call):
        return Turned(self.steps)


def test_an_invented_answer_becomes_the_honest_one(approved, wording):
    good = {"text": wording.text("thank", "en"), "quick_replies": []}
    effect = {"effect": "gap", "kind": "not_in_guide"}
    dialogue = Inventive(good, {"text": "Two tablets will do."}, effect)
    turned = asyncio.run(Checked(dialogue, approved, wording).turn({"metadata": {"locale": "fr"}}))
    assert turned.steps == [good, {"text": wording.text("not_in_guide", "fr")}, effect]
