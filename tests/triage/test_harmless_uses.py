"""Red-flag words used harmlessly, by kind, each beside a near twin that is a report."""

import pytest

from bot.triage import Level

HARMLESS = [
    # what a word means, how two of them differ
    "what is a dural leak, in plain words?",
    "what's the difference between numbness and tingling?",
    "c'est quoi une fuite de liquide, en deux mots ?",
    "quelle différence entre une rougeur et une plaie infectée ?",
    "¿qué es una trombosis, en cristiano?",
    "¿qué diferencia hay entre pus y supuración?",
    # a dream
    "j'ai rêvé que ma jambe était paralysée",
    "soñé que se me abría la herida",
    # what somebody said or had signed
    "vous m'avez écrit fuite et fièvre, c'est la liste pour tous ?",
    "le chirurgien m'a énuméré paralysie, hémorragie, infection",
    "el cirujano me enumeró parálisis, hemorragia, infección",
    # from how much on
    "above what temperature do you call it a fever?",
    "à partir de quelle température parle-t-on de fièvre ?",
    "¿a partir de cuántos grados es fiebre?",
    # what might happen
    "si un fil lâche, on le recoud ?",
    "si un punto se suelta, ¿lo vuelven a coser?",
    # long ago, told by a stage of life
    "gamine je mouillais mon lit",
    "on m'a recousu une plaie ouverte à huit ans",
    "au régiment j'ai fait un malaise",
    "I fainted a lot while I was in the army",
    "en la mili me desmayé",
    "mojaba la cama hasta los ocho años",
    # rarer ways to say no
    "nul écoulement, nulle rougeur",
    "fièvre : que dalle",
    "j'ai pa de fievre et ya pa de pus",
    "I don't have no fever",
    "fiebre: cero",
    # verbs denied
    "je ne tremble pas et je ne boite plus",
    # normal pressure, vaccines, known allergies, periods
    "tension 13/8",
    "presión 120/80",
    "flu jab next week, before or after?",
    "vaccin contre la grippe la semaine prochaine ?",
    "alergia al polen, ¿puedo ir al campo?",
    "period pains, can I take my usual tablet?",
    # things, teams, other people
    "notre équipe est à bout de souffle",
    "my tractor has lost all power",
    "mi bicicleta cojea",
    "un client est tombé dans mon magasin",
    "our vicar had a stroke in 2019",
    "mi casero se cayó de un árbol",
    # idioms
    "je suis tombé des nues en lisant le programme",
    "elle est tombée enceinte",
    "sueurs froides en ouvrant la facture",
    "casi me da un infarto con el recibo",
    # a body that reacts to a thought
    "Solo de pensar en el quirófano me tiemblan las piernas",
    "J'ai les genoux en compote rien qu'à l'idée de revoir le chirurgien",
    "shaking like a leaf at the very thought of the needle, do you give something for nerves?",
    "all this waiting makes my mind go numb",
    # chat spelling that looks like a red-flag word
    "jus wana no about da swelin, wen can i fly",
    # going away
    "les courbatures se sont envolées",
]

REPORTED = [
    "what's this fluid leaking from my wound?",
    "c'est quoi ce pus qui sort de ma cicatrice ?",
    "¿qué es este líquido que me sale de la herida?",
    "I dreamt badly and this morning my wound is open",
    "j'ai rêvé toute la nuit et ce matin ma jambe est paralysée",
    "soñé mal y hoy se me abrió la herida",
    "you said call if fever and I have a fever now",
    "vous m'avez écrit d'appeler : ma plaie coule depuis hier",
    "me dijeron que avisara y hoy me sale pus de la herida",
    "above what temperature do I call? I have 38.9",
    "à partir de quelle température j'appelle ? j'ai 38,9",
    "un fil a lâché et la plaie s'est ouverte",
    "se me soltó un punto y sangra",
    "ma fille a huit ans, opérée lundi, elle a de la fièvre",
    "mi hija tiene ocho años y hoy tiene fiebre",
    "when I was a kid I wet the bed and since yesterday I wet it again",
    "nae improvement, the wound is leaking",
    "je ne sens plus ma jambe",
    "je tremble et je boite depuis l'opération",
    "bp 80/50 and shivering",
    "presión 80/50 y escalofríos",
    "allergique au pollen, et là mon visage gonfle",
    "I had my flu jab, my wound is leaking",
    "mon équipe soignante est partie et je suis à bout de souffle",
    "my husband has lost all power in his left leg",
    "mon mari est tombé hier sur le dos",
    "mi marido se cayó ayer de espaldas",
    "sueurs froides depuis ce matin",
    "le thermomètre est bloqué à 40",
    "les courbatures reviennent avec la fièvre",
    "me tiemblan las piernas desde ayer y no me sostienen",
    "j'ai les genoux en compote depuis mardi, ils lâchent dans l'escalier",
    "shaking like a leaf since noon, I can't get warm",
    "my foot went numb, and my mind is numb too",
    "jus now da wound is leakin puss",
]


@pytest.mark.parametrize("text", HARMLESS)
def test_a_harmless_use_does_not_escalate(triage, text):
    assert triage.decide(text).level < Level.URGENT


@pytest.mark.parametrize("text", REPORTED)
def test_its_near_twin_escalates(triage, text):
    assert triage.decide(text).level >= Level.URGENT
