import pytest

from bot.triage import Context, Level, Triage


@pytest.mark.parametrize(
    "text",
    ["temp 38.5", "my temperature is 38,5", "tengo 38'5 de fiebre", "38º de fiebre", "temp 38 5",
     "temperature 38 and a half", "39 de fiebre", "38 de température", "temp 101F",
     "my temperature is a hundred and one", "temperature thirty eight five", "🤒39", "38.6",
     "llevo dos días con 38,6", "treinta y ocho y medio de fiebre", "trente-neuf de fièvre",
     "between 37.5 and 38.4 temp",
     "from 36 to 41 in one hour, temperature", "35 then 39.5 temp", "temp was 38.7, now 37"],
)  # fmt: skip
def test_a_fever_in_every_written_form(triage, text):
    assert triage.decide(text).level >= Level.URGENT


@pytest.mark.parametrize(
    "text",
    ["I am 38", "day 38", "size 39 shoes", "temp 36.9", "my temperature is 36.8, all good",
     "set the temperature to 70 F in the room", "the oven is at 39 degrees", "38.5 mg",
     "it is 39 degrees outside", "the thermometer we bought shows 32 to 42, is that fine?",
     "su termómetro mide de 34 a 42,5 grados", "thermomètre de 35 à 42 °C, ça suffit ?"],
)  # fmt: skip
def test_other_numbers_are_no_fever(triage, text):
    assert triage.decide(text).level is Level.NONE


def test_between_normal_and_fever_is_asked(triage):
    assert triage.decide("temp 37.7").level is Level.ASK


def test_between_with_chills_escalates(triage):
    assert triage.decide("temp 37.7 and I am shivering").level >= Level.URGENT


def test_forty_is_an_emergency(triage):
    assert triage.decide("temp 40.1").level is Level.EMERGENCY


def test_a_corrected_number_counts(triage):
    context = Context(previous="temp 36.8 all good")
    assert triage.decide("oops, it's 38.6", context).level >= Level.URGENT


def test_the_threshold_goes_down_only(directory):
    with pytest.raises(ValueError, match="threshold"):
        Triage.load(directory, fever_threshold_c=38.5)
    assert Triage.load(directory, fever_threshold_c=37.6).decide("temp 37.7").level is Level.URGENT
