"""Words of a question are mended before it is read, each language by its own habits."""

from pathlib import Path

import pytest

from bot import parts
from bot.nlu.spelling import Spelling
from bot.settings import Settings

DATA = Path(__file__).resolve().parents[2] / "data"


@pytest.fixture(scope="module")
def spelling():
    return Spelling.load(DATA / "triage", parts.library(Settings(internal_secret="-")))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("wat hapens on the day", "wat happens on the day"),
        ("cuanto se tarda en recuperarce", "cuanto se tarda en recuperarse"),
        ("quest ce que le microscop", "quest ce que le microscope"),
        # an apostrophe and accents left out
        ("lanesthesiste et linfirmiere", "l'anesthésiste et l'infirmière"),
        ("daccord pour lhernie", "d'accord pour l'hernie"),
        # how it sounds
        ("ke fai le chirurgien", "que fait le chirurgien"),
    ],
)
def test_a_misspelled_question_is_read_as_it_was_meant(spelling, written, meant):
    assert spelling.mended(written) == meant


@pytest.mark.parametrize(
    "text",
    [
        "demain je dois dire au taxi : cause litre saint noir sangle tenir lire",
        "May I drive to the seaside next week?",
        "¿Puedo tomar el tren la semana que viene?",
        "Je prends le métro, la narcose me fatigue",
    ],
)
def test_words_that_are_right_stay_as_they_are(spelling, text):
    assert spelling.mended(text) == text
