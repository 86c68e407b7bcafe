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
