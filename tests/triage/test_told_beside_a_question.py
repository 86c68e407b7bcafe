"""A frightened person asks and tells in one breath: the question does not hide what is told."""

import pytest

from bot.triage import Level

TOLD = {
    "en": [
        "the wound is open", "the leg went numb", "the foot won't lift", "the dressing is soaked",
        "there's pus on the dressing", "wound leaking clear fluid", "can't feel my bum",
    ],
    "es": [
        "la herida está abierta", "la pierna se quedó dormida", "hay pus en la gasa",
        "el apósito está empapado", "no siento las nalgas",
    ],
    "fr": [
        "la plaie est ouverte", "la jambe est engourdie", "il y a du pus sur la compresse",
        "le pansement est trempé", "je ne sens plus mes fesses",
    ],
}  # fmt: skip
ASKED = {
    "en": [
        "what should i do, {}", "what should i do {}", "{}, what should i do", "who do i call, {}",
        "where do i go, {}", "how do i stop it, {}", "how long does this last, {}",
        "{}, will it go away by itself", "should i come in {}", "can i wait until monday, {}",
        "do i need to go to hospital, {}", "can you help {}", "what time does the doctor come, {}",
    ],
    "es": [
        "qué hago, {}", "que hago {}", "{}, qué hago", "a quién llamo, {}", "cómo lo paro, {}",
        "debo ir al hospital, {}", "qué significa, {}", "puede esperar al lunes, {}",
        "{}, ¿se pasa solo?", "cuánto dura esto, {}", "gracias por la información de antes, {}",
    ],
    "fr": [
        "que faire, {}", "que faire {}", "{}, que faire", "qui j'appelle, {}", "où je vais, {}",
        "comment arrêter ça, {}", "qu'est-ce que ça veut dire, {}", "ça peut attendre lundi, {}",
        "{}, ça passe tout seul ?", "{}, c'est normal ?", "combien de temps ça dure, {}",
    ],
}  # fmt: skip
ONLY_ASKED = [
    "what should i do if the wound opens",
    "what should i do, if the wound opens",
    "what do i do about swelling",
    "what should i do the week before to avoid a fever",
    "who do i call for a leak at night",
    "what are the signs, a red wound, fever?",
    "how likely is a leak, an infection, a numb leg?",
    "could i get a fever, a clot, a numb leg?",
    "qué hago si se abre la herida",
    "qué hago en caso de fiebre",
    "cuáles son los riesgos, fiebre, herida abierta, pierna dormida",
    "que faire si la plaie s'ouvre",
    "que faire en cas de fièvre",
    "quels sont les risques, fièvre, plaie ouverte, jambe engourdie ?",
]


@pytest.mark.parametrize(
    "message", [ask.format(told) for lang in ASKED for ask in ASKED[lang] for told in TOLD[lang]]
)
def test_a_question_does_not_hide_what_is_told_beside_it(triage, message):
    assert triage.decide(message).level >= Level.ASK


@pytest.mark.parametrize("lang", ASKED)
def test_nearly_all_of_them_are_urgent_at_once(triage, lang):
    """A few read as "is it normal" lead to the question with buttons."""
    messages = [ask.format(told) for ask in ASKED[lang] for told in TOLD[lang]]
    urgent = [triage.decide(message).level >= Level.URGENT for message in messages]
    assert sum(urgent) / len(urgent) >= 0.95


@pytest.mark.parametrize("message", ONLY_ASKED)
def test_a_question_alone_stays_a_question(triage, message):
    assert triage.decide(message).level <= Level.ASK
