"""A question whether something is normal, and the patient's own answer: it is happening."""

import pytest

from bot.triage import Level

HAPPENING = [
    "is it usual for the leg to be more painful now than before? because mine is",
    "should a scar leak at this stage? mine does.",
    "Do people get a fever in week two? cos I have one",
    "is the foot meant to go numb, because it does",
    "¿es normal que la herida gotee? porque la mía sí",
    "¿es corriente tener fiebre a la semana? pues a mí sí",
    "c'est habituel d'avoir de la fièvre ? parce que moi oui",
    "un pied engourdi c'est normal ? car c'est le cas",
]
ONLY_ASKED = [
    "Is a fever common in week two? Because I have a wedding then",
    "is it usual for the scar to leak? my sister asked, and I have a form to sign",
    "¿es corriente tener fiebre a la semana? pues tengo una boda",
    "c'est habituel d'avoir de la fièvre ? parce que j'ai un mariage",
]
ENDED = [
    "I had a fever last week but it is gone",
    "I had a fever after the op and it is over now",
    "my dressing was wet on Monday but it is dry now",
]
NOT_ENDED = [
    "I had a fever last week but it is back",
    "I had a fever on Monday but it is still there",
    "the dressing was wet on Monday and it is wetter now",
]
MEANT = [
    "my mates joke it will be the death of me. I mean it, I have fixed the day",
    "this back will be the end of me and I am not joking",
    "ya he elegido el día de morirme",
    "j'ai choisi la date de ma mort",
    "ma mère a choisi le jour où elle veut partir",
]
FIGURE_OF_SPEECH = [
    "these forms will be the death of me",
    "I have picked the day of my operation",
    "he elegido el día de la operación",
    "on a choisi la date de l'opération",
    "qui décide du jour de l'opération ?",
    "le chirurgien a fixé le jour",
    "ya he decidido la fecha de la consulta",
    "have you decided the date, is it Monday?",
]


@pytest.mark.parametrize("text", HAPPENING)
def test_what_is_asked_about_and_confirmed_is_happening(triage, text):
    assert triage.decide(text).level >= Level.URGENT


@pytest.mark.parametrize("text", ONLY_ASKED)
def test_a_reason_for_the_question_confirms_nothing(triage, text):
    assert triage.decide(text).level < Level.URGENT


@pytest.mark.parametrize("text", ENDED)
def test_an_end_that_is_told_confirms_nothing(triage, text):
    assert triage.decide(text).level is Level.NONE


@pytest.mark.parametrize("text", NOT_ENDED)
def test_what_is_back_or_stays_is_happening(triage, text):
    assert triage.decide(text).level >= Level.URGENT


@pytest.mark.parametrize("text", MEANT)
def test_a_figure_of_speech_that_is_meant_is_an_emergency(triage, text):
    assert triage.decide(text).level is Level.EMERGENCY


@pytest.mark.parametrize("text", FIGURE_OF_SPEECH)
def test_a_figure_of_speech_alone_is_none(triage, text):
    assert triage.decide(text).level < Level.URGENT
