import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.triage import Context, Decision, Finding, Level

FLAGS = [
    "I can't feel my legs",
    "my wound is leaking",
    "I have a fever of 38.7",
    "I can't pee since yesterday",
    "my calf is swollen and hot",
    "I want to die",
    "the pain is getting worse every day",
    "no siento la pierna",
    "me supura la herida",
    "tengo fiebre desde ayer",
    "no puedo orinar",
    "ma cicatrice suinte",
    "je ne sens plus ma jambe",
    "j'ai de la fièvre depuis hier",
    "je n'arrive pas à uriner",
]
AROUND = [
    "Thank you for your help.", "Quick question about parking.", "It is probably nothing.",
    "I don't want to bother you.", "My wife says I am overreacting.", "Nice weather today.",
    "Gracias por todo.", "Seguro que no es nada.", "Merci beaucoup.",
    "Ce n'est sans doute rien.", "Do you open on Saturdays?", "Sorry to write so late.",
]  # fmt: skip
flags = st.sampled_from(FLAGS)
around = st.sampled_from(AROUND)


@given(flag=flags, before=st.lists(around, max_size=3), after=st.lists(around, max_size=3))
@settings(max_examples=150, deadline=None)
def test_unrelated_sentences_politeness_and_minimisers_never_lower(triage, flag, before, after):
    alone = triage.decide(flag).level
    told = " ".join([*before, flag + ".", *after])
    assert triage.decide(told).level >= alone, told


@given(flag=flags)
@settings(max_examples=30, deadline=None)
def test_upper_case_never_lowers(triage, flag):
    assert triage.decide(flag.upper()).level >= triage.decide(flag).level


@given(first=flags, second=flags)
@settings(max_examples=100, deadline=None)
def test_a_second_flag_never_lowers(triage, first, second):
    both = triage.decide(f"{first}. {second}").level
    assert both >= max(triage.decide(first).level, triage.decide(second).level)


@pytest.mark.parametrize(
    "text",
    ["i have a feverr", "my woudn is leaking", "my wound is leeking", "my leg is nummb",
     "i cant breath", "im incontinant", "CANT FEEL MY LEGS", "cant pee", "my wound is infectd",
     "je n\u2019arrive pas a respirer", "no puedo respirrar", "tngo fiebre", "jai de la fievre",
     "f3ver since last night", "feverrrrr"],
)  # fmt: skip
def test_slips_of_the_fingers_are_read(triage, text):
    assert triage.decide(text).level >= Level.URGENT


@pytest.mark.parametrize(
    "text",
    ["my phone number is 555 0199", "what is the number of the clinic", "a towel and a pillow",
     "my phone numbr is 555 0199", "ma salle est la numero 12", "half the normal price",
     "I pushed the meeting to next week", "dos semanas de vacaciones", "le numéro de téléphone"],
)  # fmt: skip
def test_real_words_are_not_corrected_into_flags(triage, text):
    assert triage.decide(text).level is Level.NONE


@given(text=st.text(max_size=400))
@settings(max_examples=200, deadline=None)
def test_any_text_gives_a_decision_with_true_quotes(triage, text):
    decision = triage.decide(text, Context(previous=text[:50]))
    for finding in decision.findings:
        assert finding.quote == text[finding.start : finding.end] or finding.layer == "answer"


def test_findings_survive_json(triage):
    decision = triage.decide("no fever but my wound is leaking, 38.6")
    for finding in decision.findings:
        assert Finding.from_json(finding.to_json()) == finding
    assert isinstance(decision, Decision)
    assert decision.to_json()["signs"] == list(decision.signs)


@pytest.mark.parametrize(
    "unit",
    ["a", "can't ", "no fever ", "pain ", "!?", "leg numb cannot feel ", "a.a", "🤒", "38.5 ",
     "wound ", "é", "if I get a fever ", "not "],
)  # fmt: skip
def test_hostile_input_takes_linear_time(triage, unit):
    def seconds(size):
        text = (unit * (size // len(unit) + 1))[:size]
        start = time.perf_counter()
        triage.decide(text)
        return time.perf_counter() - start

    seconds(1_000)
    small, large = seconds(10_000), seconds(60_000)
    assert large < max(30 * small, 5.0)  # 6 times the text; quadratic would be 36 times


def test_a_message_of_500_characters_is_quick(triage):
    text = " ".join(FLAGS)[:500]
    times = []
    for number in range(60):
        start = time.process_time()
        triage.decide(f"{text} {number}")
        times.append(time.process_time() - start)
    assert min(times) < 0.025  # of the processor: machines under test are busy
