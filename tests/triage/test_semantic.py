"""The semantic layer adds what the lexicon has no words for, and takes nothing away."""

import json
from pathlib import Path

import numpy as np
import pytest

from bot import parts
from bot.settings import Settings
from bot.store import Database
from bot.triage import Level, Triage
from bot.triage.semantic import FILE, MAX_PARTS, Semantic
from bot.triage.semantic import parts as divided

DATA = Settings().data / "triage"
HELD_OUT = Path(__file__).parents[1] / "data" / "evaluation" / "redflags.jsonl"
FLOOR = 0.88
"""Share of held-out red flags escalated with the semantic layer; measured 0.92."""


@pytest.fixture(scope="module")
def semantic(tmp_path_factory):
    settings = Settings(var=tmp_path_factory.mktemp("var"))
    return parts.intake(settings, Database(settings.database))._triage


@pytest.fixture(scope="module")
def alone():
    return Triage.load(DATA)


def flags():
    rows = map(json.loads, HELD_OUT.read_text("utf-8").splitlines())
    held = [row for row in rows if row["split"] == "held_out" and row["expect"] == "escalate"]
    return [row["text"] for row in held]


def test_it_is_there_by_default(semantic):
    assert semantic.versions["semantic"] != "none"


def test_held_out_red_flags_are_found_that_the_lexicon_misses(semantic, alone):
    texts = flags()
    found = [semantic.decide(text).level >= Level.URGENT for text in texts]
    lexicon = [alone.decide(text).level >= Level.URGENT for text in texts]
    assert sum(found) / len(texts) >= FLOOR
    assert not [text for text, one, two in zip(texts, found, lexicon, strict=True) if two > one]


def test_what_it_found_says_so(semantic, alone):
    missed = [text for text in flags() if not alone.decide(text).findings]
    found = [one for text in missed for one in semantic.decide(text).findings]
    assert found
    assert {(one.layer, one.rule_ids[0]) for one in found} == {("semantic", "semantic")}
    assert all(0.7 < one.score <= 1 for one in found)


def test_another_embedding_model_switches_it_off():
    assert Semantic.load(DATA / FILE, lambda _: np.zeros((0, 384)), "another model") is None


def test_a_very_long_message_is_read_at_its_beginning_and_end():
    text = " ".join(f"This is sentence number {number}." for number in range(100))
    spans = divided(text)
    assert len(spans) == MAX_PARTS
    assert spans[0][0] == 0
    assert spans[-1][1] == len(text)
