"""Good news, denials and quotations before a sign do not take it away; what belongs to it does."""

import pytest

from bot.triage import Level

COUNTS = [
    "recovering well except the wound is open",
    "i'm better but the wound is open",
    "getting better every day but my leg went numb",
    "better than last week but fever 39",
    "better than yesterday, there is pus coming from my wound",
    "i don't know what to do i have had a fever since last night",
    "the swelling improved, leg numb",
    "last time they said wait, but my leg went numb",
    "like last time, wound leaking",
    "surgery went well, leg numb",
    "my mother had surgery on monday, wound leaking",
    "i hope it's nothing, fever 39",
    "i didn't sleep, fever 39",
    "no pain, fever 39",
    "no fever no chills wound leaking",
    "nope wound leaking",
    "not kidding my leg is numb",
    "without paracetamol pain unbearable",
    "never happened before, wound leaking",
    "i'm worried about infection because i'm short of breath",
    "your guide says to call, the wound is open",
    "bad headache when i sit up",
    "ok so my leg is numb",
    "voy mejor pero la herida está abierta",
    "no dormí, fiebre de 39",
    "la operación salió bien, pierna dormida",
    "espero que no sea nada, no puedo orinar",
    "su guía dice que llame, la herida está abierta",
    "ça va mieux mais la plaie est ouverte",
    "je n'ai pas dormi, fièvre à 39",
    "peut-être jambe engourdie",
    "votre guide dit d'appeler, la plaie est ouverte",
]
DOES_NOT = [
    "the numbness in my toes is getting better but still there",
    "no blood anywhere, not on the pad, not in the loo",
    "wound's closed. no gap no pus no blood no smell",
    "i haven't been sick once since coming home",
    "i haven't had a headache since i came home",
    "clips tidy, edges together, nothing red",
    "calves soft, both the same, no swelling",
    "no wet dressing, no funny feelings in the legs",
    "not a drop on the pad today nor yesterday",
    "can't complain of fever, leak, or numbness",
    "no rash, no itching with the new tablets",
    "before the op i couldn't button a shirt, yesterday i did all seven",
    "i was a 9 for pain before surgery, now i'm a 1",
    "would it be a problem, should the wound ever open?",
    "nunca he tenido dolor de cabeza al sentarme",
    "las manos ya no se me duermen como antes",
    "mi zona dormida es cada vez más chica",
    "je n'ai pas eu de fièvre, pas de frissons",
]


@pytest.mark.parametrize("message", COUNTS)
def test_a_sign_is_not_taken_away_by_what_stands_before_it(triage, message):
    assert triage.decide(message).level >= Level.URGENT


@pytest.mark.parametrize("message", DOES_NOT)
def test_a_denial_or_an_end_that_belongs_to_the_sign_is_heard(triage, message):
    assert triage.decide(message).level <= Level.ASK
