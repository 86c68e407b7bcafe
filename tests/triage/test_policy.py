from pathlib import Path

import pytest
import yaml

from bot.triage import Asked, Context, Level

ROWS = yaml.safe_load(
    (Path(__file__).resolve().parents[1] / "data" / "triage" / "policy.yml").read_text("utf-8")
)
CASES = [
    pytest.param(*row, id=f"{language}-row{row[0]}")
    for language, rows in ROWS.items()
    for row in ([*r[:3], set(r[3:])] for r in rows)
]
OPEN = Context(open_level=Level.EMERGENCY, open_signs=frozenset({"bladder_bowel_saddle"}))
FEVER = Asked("fever", "A", Level.URGENT, "fever")


@pytest.mark.parametrize(("row", "text", "level", "flags"), CASES)
def test_row(triage, row, text, level, flags):
    decision = triage.decide(text, OPEN if row in {35, 36} else Context())
    if level == "urgent+":
        assert decision.level >= Level.URGENT, decision.findings
    elif level != "any":
        assert decision.level is Level(level), decision.findings
    assert "routine" not in flags or decision.routine
    assert "third" not in flags or decision.third_person
    assert "correction" not in flags or decision.correction


def test_every_row_stands_in_every_language():
    rows = {language: {row[0] for row in rows} for language, rows in ROWS.items()}
    assert rows["en"] == rows["es"] == rows["fr"] == set(range(1, 41)) - {34}


@pytest.mark.parametrize("text", ["yes", "a bit", "since this morning", "sí", "un poco", "oui"])
def test_row_34_yes_or_partly_escalates(triage, text):
    assert triage.decide(text, Context(asked=FEVER)).level >= Level.URGENT


@pytest.mark.parametrize("text", ["no", "No.", "nope", "no, nada", "non", "not yet, just asking"])
def test_row_34_a_clear_no_clears(triage, text):
    decision = triage.decide(text, Context(asked=FEVER))
    assert decision.cleared
    assert decision.level is Level.NONE


@pytest.mark.parametrize("text", ["when can I drive?", "ok", "¿abren los sábados?", "merci"])
def test_row_34_no_answer_escalates(triage, text):
    assert triage.decide(text, Context(asked=FEVER)).level >= Level.URGENT


def test_no_to_the_question_does_not_hide_another_flag(triage):
    decision = triage.decide("no, but I can't feel my legs", Context(asked=FEVER))
    assert decision.level is Level.EMERGENCY
    assert not decision.cleared


def test_row_41_an_attachment_is_told_to_the_team(triage):
    assert triage.decide("see picture", Context(attachment=True)).routine


def test_row_42_silence_lowers_nothing(triage):
    assert triage.decide("", OPEN).level is Level.NONE
    assert not triage.decide("", OPEN).cleared
