"""A topic's bare name, with or without a word around it, leads to that topic."""

from pathlib import Path

import pytest
import yaml

GUIDES = Path(__file__).resolve().parents[2] / "data" / "guide"
SHAPES = {
    "en": ("{}", "and {}?", "ok, {}"),
    "es": ("{}", "¿y {}?", "háblame de {}"),
    "fr": ("{}", "et {} ?", "ok, {}"),
}
GENERAL = {"intro", "what_is_it"}
"""Their names ("what it is") mean nothing without a conversation before them."""


def sections(locale):
    (path,) = GUIDES.glob(f"*.{locale}.yml")
    found = yaml.safe_load(path.read_text("utf-8"))["sections"]
    return [one for one in found if one.get("passages") and one["id"] not in GENERAL]


@pytest.mark.parametrize("locale", SHAPES)
def test_a_bare_topic_leads_to_its_section(chat, locale):
    lost = [
        (text, patient.passages)
        for section in sections(locale)
        for shape in SHAPES[locale]
        for text in [shape.format(section["title"].lower())]
        for patient in [chat(locale).says(text)]
        if not patient.passages & {passage["id"] for passage in section["passages"]}
    ]
    assert not lost
