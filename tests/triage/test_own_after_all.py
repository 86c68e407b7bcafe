"""A question in general that ends with "that someone is me" is a message about the patient."""

import pytest

from bot.triage import Level

TAKEN_BACK = {
    "en": ["Let's say someone has a fever of 39 two days after. That someone is me.",
           "asking for a friend: can the wound start leaking a week later? the friend is me lol",
           "If a person could not pee since the operation, what should they do? I'm that person.",
           "In theory, what if the calf gets hot and swollen? That's me right now."],
    "es": ["si a un paciente le diera fiebre de 39, ¿qué hace? el paciente soy yo",
           "¿y si a alguien le supura la herida? hablo de mí"],
    "fr": ["si un patient avait 39 de fièvre ? le patient c'est moi",
           "supposons que quelqu'un perde du liquide par la cicatrice. ce quelqu'un c'est moi"],
}  # fmt: skip
LEFT_IN_GENERAL = [
    "Let's say someone has a fever of 39 two days after. Whom do they call?",
    "If a person could not pee after the operation, what should they do? Just curious.",
    "if it leaks who do I call? is that written somewhere for me?",
    "si a un paciente le diera fiebre, ¿qué hace? gracias",
    "si un patient avait 39 de fièvre ? merci",
]


@pytest.mark.parametrize("text", [text for texts in TAKEN_BACK.values() for text in texts])
def test_somebody_turns_out_to_be_the_patient(triage, text):
    assert triage.decide(text).level >= Level.URGENT


@pytest.mark.parametrize("text", LEFT_IN_GENERAL)
def test_somebody_stays_somebody(triage, text):
    assert triage.decide(text).level < Level.URGENT
