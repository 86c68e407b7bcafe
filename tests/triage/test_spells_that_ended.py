"""A spell told with its end is no report, unless it is back or was an emergency at home."""

import pytest

from bot.triage import Level

OVER = [
    # English
    "My toes were numb for two days after the block, then woke up properly, no trouble since",
    "I had a sore, swollen calf in April, the scan was clear and it went down by itself",
    "The edges were red for a week in March, they are pale and flat now",
    "Couldn't wee on the ward the first night, they put a tube in, normal since then",
    "He was muddled in the recovery room, sharp as a tack ever since",
    "I used to get panic attacks and couldn't breathe, not for several years",
    "My voice was hoarse for a week, I'm singing again now",
    "Before the op I couldn't feel my heel, now I can",
    "My shin is still numb, no different from when I left hospital",
    # Spanish
    "Tuve los dedos dormidos dos días, se despertaron del todo, sin problemas desde entonces",
    "En abril se me hinchó la pierna, se fue sola y no ha vuelto",
    "La herida estuvo roja una semana, ahora está pálida, blanca y plana",
    "La primera noche en la planta no podía orinar, me pusieron sonda, desde entonces normal",
    "Antes de operarme no sentía el talón, ahora sí lo siento",
    "El muslo sigue dormido, igual que cuando salí del hospital",
    # French
    "Mes doigts étaient engourdis deux jours, ils se sont réveillés complètement",
    "En avril ma jambe a gonflé, c'est passé tout seul et jamais revenu",
    "La cicatrice était rouge une semaine, elle est blanche et plate",
    "À l'hôpital je n'arrivais pas à uriner la première nuit, depuis tout est normal",
    "Avant l'opération je ne sentais plus mon talon, maintenant je le sens",
    "La cuisse est encore engourdie, pareil qu'à la sortie",
]  # fmt: skip
NOT_OVER = [
    # back again
    "My toes were numb for two days, then fine, and since this morning they are numb again",
    "I had a swollen calf in April, it went down by itself, tonight it's swollen again",
    "Couldn't wee on the ward the first night, normal since then, but now I can't again",
    "He was muddled in the recovery room, then sharp, and today he is muddled again",
    "En abril se me hinchó la pierna y se fue sola, esta noche está hinchada otra vez",
    "La primera noche no podía orinar, luego normal, y hoy otra vez no puedo",
    "En avril ma jambe a gonflé, c'est passé tout seul, ce soir elle gonfle de nouveau",
    "La première nuit je n'arrivais pas à uriner, et ce soir de nouveau impossible d'uriner",
    # an emergency at home, however well since
    "I wet myself on Sunday, no trouble since",
    "me oriné encima el domingo, sin problemas desde entonces",
    "je me suis fait pipi dessus dimanche, aucun souci depuis",
    "he was confused on Sunday, fine ever since",
    # another thing is what ended
    "my leg is numb, the fever I told you about never came back",
    "tengo la pierna dormida, la fiebre no ha vuelto",
    "ma jambe est engourdie, la fièvre n'est jamais revenue",
    # worse than it was
    "numb for ten years but this week I can't feel the whole foot",
    "my shin is numb, different from when I left hospital, it goes up to the knee",
    "pierna dormida desde hace años pero esta semana no siento el pie",
    "jambe engourdie depuis dix ans mais cette semaine je ne sens plus le pied",
]  # fmt: skip


@pytest.mark.parametrize("text", OVER)
def test_what_ended_and_stayed_away_does_not_escalate(triage, text):
    assert triage.decide(text).level < Level.URGENT


@pytest.mark.parametrize("text", NOT_OVER)
def test_what_is_back_or_was_an_emergency_escalates(triage, text):
    assert triage.decide(text).level >= Level.URGENT


TWINS = [
    ("I'm confused about which entrance to use", "he is confused about which room is his kitchen"),
    ("I passed out leaflets at the fair", "I passed out at the fair"),
    ("walking on air since your call", "it is like walking on cotton wool"),
    ("there isn't a drop coming out of the wound", "there is a drop coming out of the wound"),
    ("estoy perdida con las entradas y las citas", "está perdido en su propia casa"),
    ("me quedé sin voz gritando en el concierto", "me quedé sin voz al despertar"),
    ("je suis perdue avec les dates et les rendez-vous", "il est perdu dans sa propre maison"),
    ("je sens mes orteils, rien à signaler", "je ne sens rien là où je m'assois"),
    ("no fever until now, touch wood", "no fever until tonight, 38.4"),
    ("si se manchara la venda, ¿habría que operar?", "se abrió sola, sin golpe"),
    ("my sister's cat has a swollen leg", "my sister has a swollen leg, operated on Monday"),
    ("blood pressure 122 over 78, pulse 66", "blood pressure 122 over 78, chest tight"),
    ("the stock market is paralysed by indecision", "my leg is paralysed"),
    ("I dropped a stitch in my knitting", "a stitch has dropped out of my back"),
    ("what temperature counts as a fever", "my temperature is 38.6, does that count as a fever"),
    ("the handrail is loose and the tap drips", "the rod in my back is loose"),
    ("I can tell hot and cold with my toes", "I go hot and cold and shiver"),
    ("numb patch since my caesarean, never grown or changed", "numb patch, it has grown"),
    ("dreamt I couldn't move my legs", "woke from a dream and can't move my legs"),
    ("distingo frío y calor en los pies", "tengo frío y calor y tiemblo"),
    ("soñé que no podía mover las piernas", "me desperté y no puedo mover las piernas"),
    ("j'ai rêvé que je ne sentais plus mes jambes", "au réveil je ne sens plus mes jambes"),
]


@pytest.mark.parametrize(("harmless", "alarm"), TWINS)
def test_twins_are_told_apart(triage, harmless, alarm):
    assert triage.decide(harmless).level < Level.URGENT
    assert triage.decide(alarm).level >= Level.URGENT
