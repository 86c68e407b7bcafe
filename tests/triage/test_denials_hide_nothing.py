"""What a rule reads as absent says nothing about the rest of the sentence."""

import pytest

from bot import parts
from bot.settings import Settings
from bot.store import Database
from bot.triage import Level, Triage
from bot.triage.types import Told

DENIED = {
    "en": ["no fever but {}", "no fever, {}", "{}, no fever though", "{} but no redness",
           "wound dry, no pus, no chills, {}", "the fever is gone, now {}"],
    "es": ["no tengo fiebre pero {}", "sin fiebre, {}", "{}, aunque no tengo fiebre",
           "la herida seca y sin pus, {}", "ni fiebre ni escalofríos, {}"],
    "fr": ["pas de fièvre mais {}", "pas de fièvre, {}", "{}, mais pas de fièvre",
           "plaie sèche, pas de pus, {}", "ni fièvre ni frissons, {}"],
}  # fmt: skip
TOLD = {
    "en": ["the kitchen roll taped to my back is soaked through every hour",
           "my slipper comes off and I only notice when I look down",
           "one ankle has vanished and its sock leaves a trench",
           "I only find out I have been when my trousers are warm",
           "she keeps calling me by the cat's name and puts the milk in the oven"],
    "es": ["la toalla que me pongo en la espalda sale empapada cada hora",
           "pierdo la zapatilla y solo lo noto cuando miro",
           "solo me entero de que he ido cuando el pantalón está caliente"],
    "fr": ["la serviette collée à mon dos est trempée toutes les heures",
           "je perds ma pantoufle et je ne le vois qu'en regardant",
           "je ne sais que j'y suis allé que quand le pantalon est chaud"],
}  # fmt: skip
ABSENT = [
    "no fever, no pus, no chills",
    "no fever, aches or rash",
    "sin fiebre, sin pus, sin escalofríos",
    "ni fiebre ni dolor de barriga",
    "pas de fièvre, pas de pus, pas de frissons",
]


class Suspicious:
    """A semantic layer that takes every passage naming a pillow for a leak."""

    version = "suspicious"

    def __init__(self, sign="wound_fluid", flag=0.97, emergency=0.0, word="pillow"):
        self._told = sign, emergency, flag
        self._word = word
        self.heard = []

    def score(self, text):
        self.heard.append(text)
        return [Told(*self._told, 0, len(text))] if self._word in text else []


@pytest.fixture(scope="module")
def semantic(tmp_path_factory):
    settings = Settings(var=tmp_path_factory.mktemp("var"))
    return parts.intake(settings, Database(settings.database))._triage


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("no fever, but my pillow is wet", "my pillow is wet"),
        ("My pillow is wet, no fever though", "My pillow is wet"),
        ("no fever, aches or rash but a wet pillow", "a wet pillow"),
        ("no fever, pillow is wet, no pus", "pillow is wet"),
    ],
)
def test_the_model_reads_what_is_left_of_the_sentence(directory, text, rest):
    layer = Suspicious()
    assert Triage.load(directory, semantic=layer).decide(text).level is Level.URGENT
    assert layer.heard == [text, rest]


@pytest.mark.parametrize(
    "text", ["no fever on my pillow", "no fever or wet pillow", "no pus, pillow"]
)
def test_what_is_denied_itself_stays_denied(directory, text):
    assert Triage.load(directory, semantic=Suspicious()).decide(text).level < Level.URGENT


def test_an_urgent_rule_does_not_hide_that_the_model_hears_an_emergency(directory):
    text = "my calf is swollen on the pillow"
    assert Triage.load(directory).decide(text).level is Level.URGENT
    sure = Suspicious(sign="chest_breath", flag=0.97, emergency=0.9)
    unsure = Suspicious(sign="chest_breath", flag=0.9, emergency=0.9)
    assert Triage.load(directory, semantic=sure).decide(text).level is Level.EMERGENCY
    assert Triage.load(directory, semantic=unsure).decide(text).level is Level.URGENT


def test_denials_beside_an_indirect_telling_hide_next_to_none(semantic):
    told = [(text, lang) for lang, texts in TOLD.items() for text in texts]
    known = [(text, lang) for text, lang in told if semantic.decide(text).level >= Level.URGENT]
    framed = [frame.format(text) for text, lang in known for frame in DENIED[lang]]
    hidden = [text for text in framed if semantic.decide(text).level < Level.URGENT]
    assert len(known) >= 0.6 * len(told)
    assert len(hidden) <= 0.1 * len(framed), hidden


@pytest.mark.parametrize("text", ABSENT)
def test_lists_of_denials_stay_quiet(semantic, text):
    assert semantic.decide(text).level < Level.URGENT


@pytest.mark.parametrize(
    "text",
    [
        "I soiled the bed without feeling a thing",
        "me hice caca sin sentir nada",
        "se me escapó el pis sin enterarme",
        "j'ai souillé le lit sans rien sentir",
        "j'ai mouillé le lit sans le savoir",
    ],
)
def test_without_feeling_it_is_no_denial(triage, text):
    assert triage.decide(text).level is Level.EMERGENCY
