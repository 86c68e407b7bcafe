import subprocess
import sys

import pytest

from bot.triage import Asked, Context, Level, Triage
from bot.triage.errors import DataError
from bot.triage.evaluate import dialogue_faults, score_messages, wilson
from bot.triage.export import COLUMNS, rows
from bot.triage.output_check import check
from bot.triage.types import Told
from bot.triage.validate import validate
from bot.triage.wording import Contacts, SafetyWording

FULL = Contacts("Spine Clinic", "555 0100", "9 to 17", "555 0101", "112", "City Hospital", "555 9")
NUMBERS = {"555", "0100", "0101", "9", "17", "112", "5"}
LOCALES = ("en", "es", "fr")


@pytest.fixture(scope="module")
def wording(directory):
    return SafetyWording.load(directory)


def test_the_data_files_are_in_order(directory):
    assert [str(problem) for problem in validate(directory)] == []


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("contacts", [FULL, Contacts()])
def test_an_emergency_text_names_the_number_first_and_promises_nothing(
    triage, wording, locale, contacts
):
    decision = triage.decide("I can't feel my legs")
    text = wording.safety_reply(decision, locale, contacts, "A5")
    assert "can't feel my legs" in text
    assert check(text, approved_numbers=NUMBERS, language=locale) == []
    assert ("112" in text) == bool(contacts.emergency_number)
    assert "A5" in text


@pytest.mark.parametrize("locale", LOCALES)
def test_the_guide_is_cited_only_for_what_it_names(triage, wording, locale):
    leak = wording.safety_reply(triage.decide("my wound is leaking"), locale, FULL, "A5")
    rash = wording.safety_reply(triage.decide("I have a rash from the tablets"), locale, FULL, "A5")
    named = {"en": "guide says", "es": "guía", "fr": "guide de la clinique"}[locale]
    assert named in leak
    assert named not in rash


@pytest.mark.parametrize("locale", LOCALES)
def test_self_harm_has_its_own_text(triage, wording, locale):
    decision = triage.decide("I want to die")
    assert decision.script == "self_harm"
    text = wording.safety_reply(decision, locale, FULL, "A5")
    assert "555 9" in text
    assert text.index("112") < text.index("555 9")


def test_nothing_is_said_to_be_stored_when_it_was_not(triage, wording):
    text = wording.safety_reply(triage.decide("I can't breathe"), "en", FULL, None)
    assert "could not store" in text
    assert "reference" not in text


@pytest.mark.parametrize("locale", LOCALES)
def test_plain_texts_pass_the_output_check(wording, locale):
    asked = Asked("fever", "A", Level.URGENT, "fever")
    question, answers = wording.question(asked, locale)
    assert [key for key, _ in answers] == ["yes", "a_bit", "no"]
    texts = [question, wording.offline(locale, FULL), wording.not_sent(locale, FULL),
             wording.standing_line(locale, FULL), wording.correction(locale, FULL),
             wording.reminder(locale, FULL), wording.attachment(locale, FULL)]  # fmt: skip
    for text in texts:
        assert check(text, approved_numbers=NUMBERS, language=locale) == [], text


def test_an_unknown_placeholder_is_named_with_its_line(directory, tmp_path):
    source = (directory / "wording.en.yml").read_text("utf-8")
    (tmp_path / "wording.en.yml").write_text(source.replace("{clinic_phone}", "{fone}"), "utf-8")
    with pytest.raises(DataError, match=r"wording.en.yml:\d+: unknown placeholder \{fone\}"):
        SafetyWording.load(tmp_path)


@pytest.mark.parametrize(
    ("text", "kind"),
    [("This is normal.", "reassurance"), ("It sounds like an infection.", "diagnosis"),
     ("Wait and see.", "waiting"), ("Help is on the way.", "promise"),
     ("You can take 2 tablets.", "dose"), ("Call 911.", "number")],
)  # fmt: skip
def test_the_output_check_finds(text, kind):
    assert kind in {p.kind for p in check(text, approved_numbers=set(), language="en")}


def test_validation_names_file_line_and_cure(directory, tmp_path):
    for path in directory.glob("*.yml"):
        (tmp_path / path.name).write_text(path.read_text("utf-8"), "utf-8")
    broken = tmp_path / "lexicon.fr.yml"
    broken.write_text(broken.read_text("utf-8").replace("<wound>", "<wund>", 1), "utf-8")
    (problem,) = validate(tmp_path)
    assert problem.file == "lexicon.fr.yml"
    assert problem.line > 1
    assert "wund" in problem.message


def test_every_phrase_is_exported_for_review(directory):
    exported = list(rows(directory))
    assert len(exported) > 1000
    assert all(tuple(row) == COLUMNS and row["source"] for row in exported)


def test_scoring_counts_misses_and_false_alarms():
    data = [
        {"id": "1", "lang": "en", "text": "fever", "expect": "escalate", "level": "urgent"},
        {"id": "2", "lang": "en", "text": "hello", "expect": "escalate", "level": "emergency"},
        {"id": "3", "lang": "en", "text": "no fever", "expect": "no_escalate",
         "style": ["negated"]},
    ]  # fmt: skip
    report = score_messages(data, lambda text: Level.URGENT if "fever" in text else Level.NONE)
    assert report.ratios["escalated"].to_json()["value"] == 0.5
    assert [miss["id"] for miss in report.misses] == ["2"]
    assert [alarm["id"] for alarm in report.false_alarms] == ["3"]


def test_wilson_interval():
    low, high = wilson(97, 100)
    assert (round(low, 3), round(high, 3)) == (0.915, 0.990)


def test_dialogue_checks():
    checks = {"escalations_total": 1, "final_level": "urgent", "escalate_by_turn": 2}
    assert dialogue_faults([Level.NONE, Level.EMERGENCY], checks) == []
    assert dialogue_faults([Level.NONE, Level.NONE], checks)


def test_two_messages_are_read_together(triage):
    assert triage.decide("the right calf", Context(previous="swollen")).level >= Level.URGENT


def test_infection_and_headache_over_two_messages_are_an_emergency(triage):
    context = Context(open_level=Level.URGENT, open_signs=frozenset({"fever"}))
    assert triage.decide("now my neck is stiff", context).level is Level.EMERGENCY


def test_a_new_deficit_in_the_first_week_is_an_emergency(triage):
    text = "my foot feels numb"
    assert triage.decide(text).level is Level.URGENT
    assert triage.decide(text, Context(days_since_operation=3)).level is Level.EMERGENCY


class _Model:
    version = "test"

    def score(self, text):
        return [Told("wound_fluid", 0.1, 0.9, 0, len(text))]


def test_a_model_adds_but_never_removes(directory):
    with_model = Triage.load(directory, semantic=_Model())
    assert with_model.decide("something odd with my back").level is Level.URGENT
    assert with_model.decide("I can't breathe").level is Level.EMERGENCY
    assert with_model.decide("my wound is not leaking").level is Level.NONE


def test_no_framework_is_imported_with_spacy():
    code = (
        "import sys; from bot.triage._spacy import import_spacy; import_spacy();"
        "print([m for m in ('tensorflow', 'torch', 'h5py') if m in sys.modules]); import h5py"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout.strip() == "[]"
