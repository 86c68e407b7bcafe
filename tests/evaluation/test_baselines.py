"""Simpler readers of the same messages: what each of our layers is worth."""

from bot.evaluation.baselines import compare
from bot.evaluation.score import table
from bot.settings import Settings

ROWS = [
    {"id": "1", "lang": "en", "text": "I have a fever of 39", "expect": "escalate",
     "level": "urgent", "sign": "fever", "style": "plain"},
    {"id": "2", "lang": "en", "text": "I have no fever at all", "expect": "no_escalate",
     "level": "none", "sign": "none", "style": "negated"},
    {"id": "3", "lang": "en", "text": "What do I do if I get a fever?", "expect": "no_escalate",
     "level": "none", "sign": "none", "style": "hypothetical"},
]  # fmt: skip


def figures(rows):
    found = compare(rows, Settings())
    return {name: (ratio.hits, ratio.total) for name, ratio in found}


def test_every_step_from_keywords_to_the_lexicon_takes_false_alarms_away():
    found = figures(ROWS)
    assert found["keywords: escalated"] == (1, 1)
    assert found["keywords: false alarms: hard negatives"] == (2, 2)
    assert found["keywords, NegEx: false alarms: hard negatives"] == (1, 2)
    assert found["lexicon alone: escalated"] == (1, 1)
    assert found["lexicon alone: false alarms: hard negatives"] == (0, 2)


def test_the_semantic_layer_is_measured_by_itself():
    assert figures(ROWS)["semantic alone: escalated"][1] == 1


def test_without_red_flag_rows_there_is_nothing_to_compare():
    question = {"id": "q", "text": "When can I drive?", "kind": "answerable"}
    assert compare([question], Settings()) == []
    assert table([]) == ""
