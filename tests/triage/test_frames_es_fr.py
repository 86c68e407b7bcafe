"""What Spanish and French say without reporting it, and what sounds alike but is a report."""

import pytest

from bot.triage import Level

TOLD = [
    # fears and worries of today
    "j'ai peur, je n'arrive plus à uriner",
    "je suis inquiète de cette rougeur autour de la cicatrice",
    "tengo miedo, me falta el aire",
    "me preocupa que la herida esté roja",
    # hedges that look like conditions
    "mettons que j'ai la jambe engourdie",
    "digamos que no puedo orinar",
    "imagínese que me orino encima",
    "au cas où, je vous signale que ma plaie coule",
    "por si acaso les digo que me sale líquido de la herida",
    "même si j'ai pris le doliprane, la fièvre monte",
    "ça coule comme s'il y avait un robinet",
    "me gotea la herida como un grifo",
    # "pas" that belongs to the report
    "la fièvre ne baisse pas",
    "j'ai de la fièvre, je dors pas",
    "ça suinte et ça sèche pas",
    "la plaie ne saigne pas beaucoup mais ça continue",
    "je ne sais pas si c'est infecté ou pas mais ça pue",
    "pas une goutte d'urine depuis ce matin",
    "un point de suture a lâché",
    # the operation was some time ago, the sign is of today
    "opéré il y a deux mois, ma jambe s'engourdit",
    "ma fille opérée le mois passé a de la fièvre",
    "me operaron hace dos meses y se me duerme la pierna",
    "desde 2019 me duele y ahora no puedo mover el pie",
    # leaflets and other people beside a report
    "la brochure parle de fuite, mais ma plaie coule depuis hier",
    "el folleto habla de fiebre y yo tengo 38,7",
    "mon voisin a eu une infection mais moi ma plaie coule aujourd'hui",
    "mi abuelo no puede orinar desde ayer",
    # words with an everyday sense, meant here
    "quiero hacerme daño, la espalda me mata",
    "mon mari me bat à la maison",
    "je veux m'endormir pour toujours",
    "mi marido está confundido con las fechas",
    "me sube la fiebre y no la baja nada",
    "siento cada vez menos la pierna",
]

NOT_TOLD = [
    # denied after the verb, as a list, with rarer words
    "La plaie ne coule pas.",
    "ma jambe ne gonfle pas, tout va bien",
    "ça saigne pas",
    "je n'ai plus mal à la jambe",
    "ni pizca de fiebre",
    # supposed
    "et si un matin ma jambe gonflait, qui faut-il appeler ?",
    "advenant une fuite, le séjour est-il plus long ?",
    "si una noche la herida sangrara, ¿a qué número llamo?",
    "en el supuesto de que me subiera la fiebre, ¿voy directo?",
    # asked in general
    "l'infection est-elle plus fréquente en été ?",
    "peut-on attraper une phlébite en avion ?",
    "¿qué porcentaje de operados acaba con una fístula?",
    # quoted
    "la brochure évoque une fièvre, combien de pages fait-elle ?",
    "el folleto enumera fiebre y pus, muy claro todo",
    # other people, long ago
    "mon gendre avait une plaie infectée en 2011",
    "mi padrino tuvo una trombosis en 1999",
    "quand elle était bébé, ma fille a convulsé",
    "de joven tuve convulsiones",
    # feared
    "j'ai la trouille de me réveiller avec une jambe morte",
    "mon cauchemar, c'est de finir paralysé",
    "me obsesiona quedarme sin fuerza en las manos",
    # everyday sense
    "votre mail est confus",
    "les embouteillages, c'est de pire en pire",
    "il me bat aux cartes",
    "je ne peux pas ouvrir le fichier",
    "no puedo abrir el enlace",
    "estoy confundida con los formularios",
    "se me cayó el alma a los pies",
    "derramé el café",
    "la caldera gotea",
]


@pytest.mark.parametrize("text", TOLD)
def test_a_report_in_an_unusual_frame_escalates(triage, text):
    assert triage.decide(text).level >= Level.URGENT


@pytest.mark.parametrize("text", NOT_TOLD)
def test_what_is_not_reported_does_not_escalate(triage, text):
    assert triage.decide(text).level < Level.URGENT
