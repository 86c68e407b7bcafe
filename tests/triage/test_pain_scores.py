"""Pain told as numbers: what rises from day to day is a red flag, other numbers are none."""

import pytest

from bot.triage import Level

RISING = [
    "pain 2/10 on Friday, 4 on Sunday, 8 now",
    "EVA 3/10 mardi, 6/10 jeudi, 9/10 aujourd'hui",
    "douleur à 2 sur 10 avant-hier soir et 7 sur 10 ce matin",
    "dolor 3/10 el lunes, 5/10 el martes, 8/10 hoy",
    "my pain was a 3 out of 10 last week and it is 7 out of 10 today",
]
NOT_RISING = [
    "douleur 7/10 lundi, 3/10 aujourd'hui",
    "pain 3/10 yesterday and 3/10 today",
    "pain 1/10 on Monday and 3/10 today",
    "dolor de 6/10 a 2/10 en una semana",
    "I'd rate the food 3/10 on Monday and the nurses 10/10 today",
    "the pain form asks for 0 to 10 every morning",
]


@pytest.mark.parametrize("text", RISING)
def test_scores_that_rise_are_urgent(triage, text):
    decision = triage.decide(text)
    assert decision.level is Level.URGENT
    (finding,) = [one for one in decision.findings if "pain_scores.rise" in one.rule_ids]
    assert finding.sign == "worsening_pain"
    assert text[finding.start : finding.end] == finding.quote


@pytest.mark.parametrize("text", NOT_RISING)
def test_other_scores_are_not(triage, text):
    assert triage.decide(text).level < Level.URGENT


def test_what_might_happen_has_not_happened(triage):
    text = "what if my pain goes from 3/10 today to 8/10 tomorrow morning"
    assert triage.decide(text).level < Level.URGENT
