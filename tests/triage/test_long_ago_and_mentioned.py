"""What was over years ago, what somebody mentioned, and things: nothing of it happens now."""

import pytest

from bot.triage import Level

LONG_AGO = [
    "I had a clot in my leg in 2011, came off warfarin in 2012. Should I mention it?",
    "After my daughter was born in 2014 I got a spinal headache for a week, gone ever since",
    "meningitis as a student in 1998, fully recovered, does the anaesthetist need to know?",
    "one seizure as a baby, never another, I am 60 now",
    "une crise d'épilepsie à 12 ans, jamais d'autre depuis",
    "J'ai eu une dengue avec forte fièvre en 2010 à Tahiti, guérie depuis",
    "tuve paludismo con mucha fiebre en 2008 en Angola, curado desde entonces",
]
AND_NOW = [
    "had a DVT in 2012 and now my calf is swollen again",
    "I've had numbness since 2019 but today it is in both legs",
    "j'ai eu une phlébite en 2009 et là mon mollet est gonflé depuis hier",
    "tuve una trombosis en 2010 y ahora tengo la pantorrilla hinchada",
]
MENTIONED = [
    "my uncle mentioned nerve damage and leaking fluid, does that happen?",
    "your page mentions bleeding, is there a Turkish version",
    "la guía menciona la salida de líquido, ¿está en rumano?",
    "votre guide mentionne l'écoulement, il existe en portugais ?",
    "hier à la radio un monsieur racontait avoir perdu l'usage de ses jambes",
]
MENTIONED_AND_REAL = ["I mentioned the leaking to the nurse and it's still leaking"]
THINGS = [
    "the aquarium filter has died and my goldfish are gasping",
    "my bread dough collapsed again",
    "the sale of the house fell through so I'm free in May",
    "le col de ma chemise est gonflé après le repassage",
    "el puño de la camisa se hincha al lavar",
    "How can anyone see down a hole in my back that small?",
    "I've a bad heart and I'm on the heavy side",
    "on a rigolé à s'en pisser dessus avec l'infirmière",
    "même les croûtes de fromage passent",
]
BODIES = [
    "my neck above the collar is swollen",
    "el cuello se me hincha por encima de la camisa",
    "there's a hole in my back where the stitches were",
    "j'ai ri et je me suis fait pipi dessus sans le sentir",
    "même l'eau passe mal",
]
MIGHT = [
    "Should the wound turn red one day, whom do I ring?",
    "me da terror despertarme sin sentir las piernas",
    "is confusion after the anaesthetic something you discuss with families?",
]
ABSENT = ["pienso que fiebre no tengo", "pus no sale, sangre tampoco"]
NOT_THAT_NOT = [
    "It isn't that there's no pus, there is, it just comes in spurts",
    "it's not that my leg isn't weaker, it is, I just manage",
    "it isn't that the swelling isn't growing, it is",
]
A_CHILD_AND_TABLETS = [
    "my two year old got into my oxycodone, there are three missing",
    "the grandchild swallowed one of my tramadol",
    "mon petit a croqué une plaquette de tramadol",
    "mi nieto ha chupado el parche de morfina",
]


@pytest.mark.parametrize("text", [*LONG_AGO, *MENTIONED, *THINGS, *MIGHT, *ABSENT])
def test_what_does_not_happen_now_escalates_nothing(triage, text):
    assert triage.decide(text).level < Level.URGENT


@pytest.mark.parametrize("text", [*AND_NOW, *MENTIONED_AND_REAL, *BODIES, *NOT_THAT_NOT])
def test_what_happens_now_does(triage, text):
    assert triage.decide(text).level >= Level.URGENT


@pytest.mark.parametrize("text", A_CHILD_AND_TABLETS)
def test_a_child_at_the_tablets_is_an_emergency(triage, text):
    assert triage.decide(text).level is Level.EMERGENCY
