"""Every category of clinical-safety data, at each of its tiers, in each language."""

from pathlib import Path

import pytest
import yaml

from bot.triage import Level, lexicon

ROWS = yaml.safe_load(
    (Path(__file__).resolve().parents[1] / "data" / "triage" / "categories.yml").read_text("utf-8")
)


@pytest.mark.parametrize(("category", "expected", "language", "text"), ROWS)
def test_category_and_tier(triage, category, expected, language, text):
    decision = triage.decide(text)
    assert decision.level is Level(expected)
    found = {finding.category for finding in decision.findings}
    assert category in found, language


def test_what_concerns_the_days_before_is_told_to_the_team(triage):
    assert all(triage.decide(text).routine for category, _, _, text in ROWS if category == "S")


def test_every_tier_the_lexicon_has_in_all_languages_stands_here(directory):
    rules = list(lexicon.load(directory).rules())
    there = {
        (rule.category, rule.tier)
        for rule in rules
        if rule.tier in {"urgent", "emergency"} and rule.category != "S"
        and {other.language for other in rules
             if (other.category, other.tier) == (rule.category, rule.tier)} == {"en", "es", "fr"}
    }  # fmt: skip
    shown = {(category, level) for category, level, _, _ in ROWS}
    overdose_below = {("M", "urgent"), ("G", "emergency")}  # few phrases; raised by company
    assert there - shown <= overdose_below
