"""Negators that are part of what is told: nothing lying down, do not feel nothing."""

import pytest

from bot.triage import Level

TELLS = [
    "headache when I stand, lying down nothing",
    "my head: upright awful, flat zero",
    "dolor de cabeza: de pie fatal, tumbada nada",
    "la cabeza me mata de pie, acostado cero",
    "mal de tête debout affreux, allongé rien",
    "la tête debout c'est l'enfer, couchée zéro",
    "I don't have no feeling in my foot",
    "I ain't got no feeling in my leg",
    "I don't feel nothing down there",
    "my leg doesn't feel nothing when I pinch it",
]
DENIES = [
    "headache? none, lying down or standing",
    "no headache lying down or standing up",
    "dolor de cabeza ninguno, ni de pie ni tumbado",
    "I don't have no fever",
    "I don't feel nothing wrong, all good",
]


@pytest.mark.parametrize("text", TELLS)
def test_it_tells(triage, text):
    assert triage.decide(text).level >= Level.URGENT


@pytest.mark.parametrize("text", DENIES)
def test_it_denies(triage, text):
    assert triage.decide(text).level is Level.NONE
