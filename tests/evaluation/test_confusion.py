"""Where questions went: the table and the misses of the report."""

import pytest

from bot import parts
from bot.evaluation.score import Figures, table
from bot.settings import Settings

S22 = {"guide": "g", "section": "return_to_activity", "passages": ["s22"], "version": "1"}
TEXTS = parts.wording(Settings()).texts["fr"]
DRIVE = {"id": "q1", "lang": "fr", "text": "Et conduire ?", "kind": "answerable",
         "key_sentences": ["s22"]}  # fmt: skip
PRICE = {"id": "q2", "lang": "fr", "text": "C'est combien ?", "kind": "out_of_guide_medical"}
NURSE = {"id": "q3", "lang": "fr", "text": "Une infirmière svp", "kind": "request_human"}


def event(text, source=None):
    return {"text": text, "source": source}


ANSWER = event("Reprise\n\nLa conduite est planifiée.", S22)
REFUSAL = event(TEXTS["not_in_guide"].split("{")[0].strip() + " " + TEXTS["contact_unknown"])
RELATED = event(f"{TEXTS['related']}\n\nReprise\n\nLa conduite est planifiée.", S22)
BACK = event(TEXTS["did_you_mean"])


@pytest.fixture
def figures():
    return Figures(parts.wording(Settings()))


def asked(figures, row, *events, requests=()):
    figures.add({"row": row, "answers": [list(events)], "requests": list(requests)})
    return figures.rows[-1]


def test_each_kind_is_counted_by_what_it_got_and_misses_are_named(figures):
    asked(figures, DRIVE, ANSWER)
    asked(figures, {**DRIVE, "id": "q4", "key_sentences": ["s12"]}, ANSWER)
    asked(figures, {**DRIVE, "id": "q5"}, REFUSAL)
    asked(figures, {**DRIVE, "id": "q6"}, BACK)
    asked(figures, PRICE, REFUSAL)
    asked(figures, NURSE, requests=[{"priority": "routine"}])
    counts = figures.questions.counts
    assert counts["answerable", "its passage"] == 1
    assert counts["answerable", "other passage"] == 1
    assert counts["answerable", "not_in_guide"] == 1
    assert counts["answerable", "did_you_mean"] == 1
    assert counts["out_of_guide_medical", "not_in_guide"] == 1
    assert counts["request_human", "request"] == 1
    assert figures.questions.misses == [
        "q4 [fr]: answerable, got other passage",
        "q5 [fr]: answerable, got not_in_guide",
        "q6 [fr]: answerable, got did_you_mean",
    ]


def test_the_table_has_a_line_for_each_kind_and_a_column_for_each_outcome(figures):
    asked(figures, DRIVE, ANSWER)
    asked(figures, PRICE, REFUSAL)
    head, *lines = figures.questions.table().splitlines()
    assert head.split("  ")[-2:] == ["its passage", "not_in_guide"]
    assert [line.split() for line in lines] == [
        ["answerable", "1", "."], ["out_of_guide_medical", ".", "1"],
    ]  # fmt: skip


def test_a_related_passage_is_no_answer_and_honest_only_where_it_is_near(figures):
    assert asked(figures, {**PRICE, "near": ["s22"]}, REFUSAL, RELATED)["right"]
    assert not asked(figures, PRICE, REFUSAL, RELATED)["right"]
    assert not asked(figures, {**PRICE, "near": ["s22"]}, REFUSAL, ANSWER)["right"]
    assert not asked(figures, DRIVE, REFUSAL, RELATED)["right"]


def test_figures_are_given_for_each_language_with_their_intervals(figures):
    asked(figures, DRIVE, ANSWER)
    asked(figures, {**DRIVE, "lang": "es"}, BACK)
    lines = table(figures.ratios.items()).splitlines()
    (french,) = [line for line in lines if line.startswith("right: answerable [fr]")]
    assert french.split()[-5:] == ["[fr]", "1.000", "[0.207,", "1.000]", "1/1"]
    assert any(line.startswith("right: answerable [es]") for line in lines)


def test_without_questions_there_is_no_table(figures):
    assert figures.questions.table() == ""
