from pathlib import Path

import pytest
import yaml

from bot.triage import Level

ROWS = yaml.safe_load(
    (Path(__file__).resolve().parents[1] / "data" / "triage" / "messages.yml").read_text("utf-8")
)


@pytest.mark.parametrize(("language", "expected", "text"), ROWS)
def test_message(triage, language, expected, text):
    level = triage.decide(text).level
    if expected == "none":
        assert level < Level.URGENT, language
    else:
        assert level >= Level(expected), language


@pytest.mark.parametrize(
    "text",
    ["Since the operation I h\u0430ve a f\u0435v\u0435r", "the w\u043eund is l\u0435aking",
     "t\u03b5ngo fi\u0435br\u0435 y escalofr\u00edos", "j'ai de la fi\u00e8vr\u0435 depuis hier",
     "I CANN\u041eT F\u0415EL MY L\u0415GS"],
)  # fmt: skip
def test_letters_of_another_alphabet_that_look_like_ours_are_read_as_ours(triage, text):
    assert triage.decide(text).level >= Level.URGENT
