"""A topic, a thing, a quotation or another's story is no report; what sounds alike is one."""

import pytest

from bot.triage import Level

TOLD = [
    # a topic somebody is said to have, and symptom words alone
    "i think i have an infection",
    "might be a clot in my calf",
    "could it be sepsis now",
    "fever",
    "fiebre",
    "j'ai de la fièvre",
    "pus",
    "infection?",
    "creo que tengo una infección",
    "on dirait une phlébite depuis hier",
    # quoted, then told
    "el folleto dice que llame, la herida supura desde ayer",
    "the booklet says to ring you, my wound smells since Monday",
    # a fear beside a report
    "I'm scared of hospitals and my leg is numb",
    # a thing beside the patient
    "the car hit me and my back is numb",
    "I fell off the chair and my leg is numb",
    "the dog jumped on me and my wound opened",
    # relatives who may be the patient
    "My mum had a fall in the shower",
    # what touches the saddle is not felt
    "en el bidet ni siento el chorro",
    "je me lave au bidet, chaud ou froid je ne sens pas la différence",
    "the bidet could be on or off for all I feel",
    "the soap feels cold on my legs and nothing on the part I sit on",
    # words of one language that are written like words of another
    "sí, la herida supura",
    "me da fiebre por las noches",
]
NOT_TOLD = [
    "the card about cauda equina is only printed in blue",
    "do you have a poster on stroke, heart attack and sepsis for the lobby",
    "la palabra infarto sale dos veces en el impreso",
    "le paragraphe sur les caillots est mal imprimé",
    "si el dolor volviera, ¿a quién aviso?",
    "form wording: 'paralysis, foot drop', very small print",
    "negativo a todo: fiebre, pus, pérdida de fuerza, falta de aire",
    "the boiler is leaking again, so we are at my sister's",
    "our hamster collapsed and the children cried",
    "la gata tiene fiebre",
    "le chien a des convulsions",
    "in the film a soldier can't feel his legs",
]


@pytest.mark.parametrize("text", TOLD)
def test_a_claim_escalates(triage, text):
    assert triage.decide(text).level >= Level.URGENT


@pytest.mark.parametrize("text", NOT_TOLD)
def test_a_topic_or_a_thing_does_not(triage, text):
    assert triage.decide(text).level < Level.URGENT
