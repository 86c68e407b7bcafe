"""What is said of one sign (gone, as ever, long ago, treated) is not said of the next."""

import itertools

import pytest

from bot.triage import Level

FLAGS = {
    "en": ["I can't feel my legs", "my wound is leaking", "I have a fever of 38.7", "I can't pee",
           "my calf is swollen and hot", "my foot drops", "my chest hurts when I breathe",
           "he is confused", "there is pus on the dressing", "the pain is unbearable"],
    "es": ["no siento la pierna", "me supura la herida", "tengo 38,7 de fiebre",
           "no puedo orinar", "tengo la pantorrilla hinchada", "arrastro el pie",
           "me duele el pecho al respirar", "está desorientado", "el dolor es insoportable"],
    "fr": ["je ne sens plus ma jambe", "ma cicatrice suinte", "j'ai 38,7 de fièvre",
           "je n'arrive pas à uriner", "mon mollet est gonflé", "je traîne le pied",
           "j'ai mal à la poitrine quand je respire", "il est désorienté",
           "la douleur est insupportable"],
}  # fmt: skip
BESIDE = {
    "en": ["the headache is better, {}", "{}, the headache is better", "{} but the nausea is gone",
           "{}, the cough has stopped", "my sciatica is the same as always, {}",
           "{}, otherwise no change", "the usual back ache, and {}", "I had a clot in 2015, {}",
           "{}, had a clot in 2015 as well", "on antibiotics for my teeth, {}",
           "{}, is that normal", "{}, not sure what to do", "never had this before, {}",
           "I was fine yesterday, {}", "no rash, {}"],
    "es": ["el dolor de cabeza va mejor pero {}", "{}, el dolor de cabeza va mejor",
           "la ciática igual que siempre, {}", "{}, por lo demás sin cambios",
           "tuve un trombo en 2015, {}", "{}, también tuve un trombo en 2015",
           "tomo antibiótico por una muela, {}", "{}, ¿es normal?", "ayer estaba bien, {}"],
    "fr": ["le mal de tête va mieux mais {}", "{}, le mal de tête va mieux",
           "la sciatique comme toujours, {}", "{}, sinon rien de changé",
           "j'ai eu une phlébite en 2015, {}", "{}, j'ai aussi eu une phlébite en 2015",
           "sous antibiotiques pour une dent, {}", "{}, est-ce normal ?", "hier j'allais bien, {}"],
}  # fmt: skip


@pytest.mark.parametrize("language", ["en", "es", "fr"])
def test_another_sign_beside_it_hides_next_to_none(triage, language):
    told = [
        frame.format(flag) for frame, flag in itertools.product(BESIDE[language], FLAGS[language])
    ]
    hidden = [text for text in told if triage.decide(text).level < Level.URGENT]
    assert len(hidden) <= 0.06 * len(told), hidden


@pytest.mark.parametrize(
    "text",
    [
        "the swelling in my calf is gone",
        "numb toes since 2019, never changed",
        "in 2015 I had a clot, my leg was swollen for weeks",
        "my wound was red, it is better now",
        "en 2015 tuve un trombo, la pierna estaba hinchada",
        "en 2015 j'ai eu une phlébite, ma jambe était gonflée",
        "my sister-in-law had an infection years ago, her wound was red",
        "ma belle-sœur a eu une phlébite en 2015, sa jambe était gonflée",
    ],
)
def test_what_is_said_of_the_sign_itself_still_counts(triage, text):
    assert triage.decide(text).level < Level.URGENT


@pytest.mark.parametrize("text", ["mon cœur s'emballe", "j'ai un œdème du visage"])
def test_french_ligatures_are_read(triage, text):
    assert triage.decide(text).level is triage.decide(text.replace("œ", "oe")).level
    assert triage.decide(text).level >= Level.URGENT
