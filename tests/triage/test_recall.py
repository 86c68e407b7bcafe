"""Recall and false alarms may only get better than the figures kept in floor.yml.

Of the half `held_out` only counts are shown, so that nobody studies its messages by accident.
"""

import json
from collections import Counter
from pathlib import Path

import pytest
import yaml

from bot.triage import Level

DATA = Path(__file__).resolve().parents[1] / "data"
FLOOR = yaml.safe_load((DATA / "triage" / "floor.yml").read_text("utf-8"))
SPLITS = ("tune", "held_out")
GROUPS = [
    pytest.param((split, category, tier), *figures, id=f"{split}-{category}-{tier}")
    for split in SPLITS
    for category, tiers in FLOOR["recall"][split].items()
    for tier, figures in tiers.items()
]
ALARMS = [
    pytest.param(split, kind, *figures, id=f"{split}-{kind}")
    for split in SPLITS
    for kind, figures in FLOOR["false_alarms"][split].items()
]


def rows(name):
    lines = (DATA / "evaluation" / f"{name}.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def is_caught(level, expected):
    """An urgent matter handled as an emergency is caught, the other way round it is not."""
    return level >= Level(expected)


@pytest.fixture(scope="module")
def categories(directory):
    signs = yaml.safe_load((directory / "tiers.yml").read_text("utf-8"))["signs"]
    return {name: sign["category"] for name, sign in signs.items()}


@pytest.fixture(scope="module")
def flagged(triage, categories):
    """(split, category, tier) -> how many rows there are, how many are caught, which are not."""
    total, caught, missed = Counter(), Counter(), {}
    for row in rows("redflags"):
        if row["expect"] != "escalate":
            continue
        group = row["split"], categories[row["sign"]], row["level"]
        total[group] += 1
        hit = is_caught(triage.decide(row["text"]).level, row["level"])
        caught[group] += hit
        if not hit and row["split"] == "tune":
            missed.setdefault(group, []).append(row["id"])
    return total, caught, missed


@pytest.fixture(scope="module")
def alarms(triage):
    """(split, kind) -> rows that must stay quiet, rows that did not."""
    quiet = [("hard negatives", r) for r in rows("redflags") if r["expect"] != "escalate"]
    quiet += [("education", row) for row in rows("education")]
    total, raised = Counter(), Counter()
    for kind, row in quiet:
        total[row["split"], kind] += 1
        raised[row["split"], kind] += triage.decide(row["text"]).level >= Level.URGENT
    return total, raised


@pytest.mark.parametrize(("group", "least", "of"), GROUPS)
def test_recall_is_no_worse(flagged, group, least, of):
    total, caught, missed = flagged
    assert total[group] == of, "the set has changed: measure anew"
    assert caught[group] >= least, missed.get(group, "held out: not shown")


@pytest.mark.parametrize(("split", "kind", "most", "of"), ALARMS)
def test_false_alarms_are_no_worse(alarms, split, kind, most, of):
    total, raised = alarms
    assert total[split, kind] == of, "the set has changed: measure anew"
    assert raised[split, kind] <= most


def test_every_group_of_the_set_has_a_floor(flagged):
    total, _, _ = flagged
    assert set(total) == {param.values[0] for param in GROUPS}
