"""The semantic layer adds what the lexicon has no words for, and takes nothing away."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from bot import parts
from bot.settings import Settings
from bot.store import Database
from bot.triage import Level, Triage, grams
from bot.triage.passages import LONGEST, pairs
from bot.triage.passages import parts as sentences
from bot.triage.semantic import AFFORDABLE, FILE, Semantic

DATA = Settings().data / "triage"
HELD_OUT = Path(__file__).parents[1] / "data" / "evaluation" / "redflags.jsonl"
SEALED = HELD_OUT.with_name("sealed.jsonl")
FLOOR = 0.96
"""Of held-out red flags, with the semantic layer; measured 0.978. They have been studied."""
SEALED_FLOOR, SEALED_CEILING = 0.96, 0.12
"""Of rows that were written last and looked at by nobody: red flags escalated (measured 0.98), and
others escalated wrongly (measured 0.108; the goal is 0.10)."""


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


def test_rows_that_nobody_tuned_to_are_read_as_well(semantic):
    rows = [json.loads(line) for line in SEALED.read_text("utf-8").splitlines()]
    escalated = {True: [], False: []}
    for row in rows:
        level = semantic.decide(row["text"]).level
        escalated[row["expect"] == "escalate"].append(level >= Level.URGENT)
    assert len(rows) == 330
    assert sum(escalated[True]) / len(escalated[True]) >= SEALED_FLOOR
    assert sum(escalated[False]) / len(escalated[False]) <= SEALED_CEILING


def test_what_it_found_says_so(semantic, alone):
    missed = [text for text in flags() if not alone.decide(text).findings]
    found = [one for text in missed for one in semantic.decide(text).findings]
    assert found
    assert {(one.layer, one.rule_ids[0]) for one in found} == {("semantic", "semantic")}
    assert all(semantic.thresholds["ask"] <= one.score <= 1 for one in found)


def test_another_embedding_model_switches_it_off():
    assert Semantic.load(DATA / FILE, lambda _: np.zeros((0, 768)), "another model") is None


class Counting:
    """Any vectors will do; what was asked for is kept."""

    def __init__(self):
        self.texts = []

    def __call__(self, texts):
        self.texts += texts
        return np.zeros((len(texts), 768), dtype=np.float32)


def layer(encode):
    stored = np.load(DATA / FILE)
    return Semantic.load(DATA / FILE, encode, str(stored["model"]))


def test_of_a_very_long_message_what_looks_like_a_red_flag_is_weighed():
    encode = Counting()
    dull = [f"We had a nice walk to the bakery number {number} today." for number in range(60)]
    dull[37] = "My left foot drags and I keep tripping over it."
    layer(encode).score(" ".join(dull))
    assert any("foot drags" in text for text in encode.texts)
    assert sum(map(len, encode.texts)) <= AFFORDABLE


def test_what_looks_like_no_red_flag_is_spared_its_vector():
    encode = Counting()
    layer(encode).score("My left foot drags and I trip. How long does the operation take?")
    assert encode.texts[0] == "my left foot drags and i trip"
    assert not any(text.startswith("how long") for text in encode.texts)


def test_one_passage_is_read_however_harmless_it_looks():
    encode = Counting()
    layer(encode).score("How long does the operation take?")
    assert encode.texts == ["how long does the operation take?"]


def test_dictation_without_a_full_stop_is_read_to_its_end():
    text = "and then we went on " * 40 + "and now I cannot feel my legs"
    spans = sentences(text)
    assert spans[-1][1] == len(text)
    assert all(end - start <= LONGEST for start, end in spans)
    assert all(late < end for (_, end), (late, _) in itertools.pairwise(spans))


def test_two_sentences_that_only_together_tell_it_are_read_together():
    text = "It was dry. Not any more."
    assert pairs(sentences(text)) == [(0, len(text))]


def test_case_and_accents_do_not_change_the_letter_groups():
    one, other = grams.features("Ça m'élance ÉNORMÉMENT"), grams.features("ca m'elance enormement")
    assert sorted(one[0]) == sorted(other[0])


def test_text_without_words_has_no_letter_groups():
    buckets, weights = grams.features("?! …")
    assert len(buckets) == len(weights) == 0


def test_a_glance_notices_nearly_all_that_is_escalated_and_few_questions(semantic):
    rows = map(json.loads, HELD_OUT.read_text("utf-8").splitlines())
    told = [row["text"] for row in rows if row["expect"] == "escalate"]
    questions = HELD_OUT.with_name("education.jsonl").read_text("utf-8").splitlines()
    asked = [json.loads(line)["text"] for line in questions]
    assert sum(map(semantic.glance, told)) / len(told) >= 0.97
    assert sum(map(semantic.glance, asked)) / len(asked) <= 0.10


def test_a_glance_needs_no_model(alone):
    assert alone.glance("the wound is leaking")
    assert not alone.glance("may i drive again")
