"""Another operation is one more file in data/guide: each patient is answered from their own."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from in_process import Chat, InProcess, answering_from

from bot.settings import ROOT

pytestmark = pytest.mark.model
SPINE, HAND = "microscope-assisted-spinal-surgery", "carpal-tunnel-release"
ANOTHER = Path(__file__).parents[1] / "data" / "guide" / "another"
SPINE_TITLE, HAND_TITLE = "Microscope-assisted spinal surgery", "Carpal tunnel release"
TRAINING_S = 60


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """(data directory, model, seconds of processor) of a training on both guides."""
    place = tmp_path_factory.mktemp("two-guides")
    guides = place / "data" / "guide"
    shutil.copytree(ROOT / "data" / "guide", guides)
    for path in ANOTHER.glob("*.yml"):
        shutil.copy(path, guides)
    for kind in ("wording", "triage"):
        (place / "data" / kind).symlink_to(ROOT / "data" / kind)
    config = yaml.safe_load((ROOT / "config.yml").read_text("utf-8"))
    for step in config["pipeline"]:
        if step["name"].startswith(("bot.nlu.intents", "bot.nlu.passages", "bot.nlu.procedures")):
            step["guides"] = str(guides)
    (place / "config.yml").write_text(yaml.safe_dump(config, sort_keys=False), "utf-8")
    before = sum(os.times()[2:4])
    _train(place)
    return place / "data", place / "models" / "two.tar.gz", sum(os.times()[2:4]) - before


def _train(place):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "rasa", "train", "--skip-validation",
         "--config", str(place / "config.yml"), "--domain", "domain.yml",
         "--data", "data/nlu", "data/stories",
         "--out", str(place / "models"), "--fixed-model-name", "two"],
        cwd=ROOT, capture_output=True, text=True, timeout=500, check=False,
        env={**os.environ, "RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3",
             "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.fixture(scope="module")
def dialogue(trained):
    data, model, _ = trained
    with answering_from(data) as settings:
        yield InProcess(model, replace(settings, rasa_tracker_url="memory", internal_secret="-"))


@pytest.fixture
def chat(dialogue):
    return lambda locale="en": Chat(dialogue, locale)


def test_training_on_two_guides_takes_less_than_a_minute_of_one_core(trained):
    assert trained[2] <= TRAINING_S


def test_the_operation_is_asked_for_and_the_question_then_answered(chat):
    talk = chat().says("When can I drive again?")
    assert (talk.passages, talk.titles) == (set(), [HAND_TITLE, SPINE_TITLE])
    talk.taps(HAND_TITLE)
    assert talk.passages == {"c06"}
    assert talk.texts[0].startswith(f"Guide: {HAND_TITLE}\nSection: Work, driving, sport")


def test_the_operation_is_remembered(chat):
    talk = chat().says("When can I drive again?").taps(SPINE_TITLE)
    assert talk.passages == {"s22"}
    assert talk.says("Do I have to fast before it?").guides == {SPINE}
    assert "s12" in talk.passages


def test_the_operation_can_be_named_instead(chat):
    talk = chat().says("do i have to fast before my carpal tunnel surgery")
    assert "c03" in talk.passages
    assert "c06" in talk.says("when can i drive again").passages


def test_a_name_alone_answers_what_was_asked(chat):
    talk = chat().says("When can I drive again?").says("my microdiscectomy")
    assert talk.passages == {"s22"}


def test_the_operation_can_be_changed_by_asking(chat):
    talk = chat().says("when can i drive after my hand operation")
    assert talk.guides == {HAND}
    talk.says("i meant the other operation")
    assert talk.titles == [HAND_TITLE, SPINE_TITLE]
    talk.taps(SPINE_TITLE)
    assert SPINE_TITLE in talk.texts[0]
    assert talk.says("When can I drive again?").guides == {SPINE}


def test_a_section_only_the_other_guide_has_is_found_by_its_own_questions(chat):
    talk = chat().says("carpal tunnel release")
    assert "c04" in talk.says("Is there a splint and what is it for?").passages
    assert "c02" in talk.says("may i leave my nail varnish on").passages


def test_what_only_the_other_guide_says_is_not_answered_from_it(chat):
    talk = chat().says("microdiscectomy").says("Will I have a splint to keep the wrist straight?")
    assert (talk.passages, talk.effects) == (set(), ["gap"])
    assert talk.titles[0] == HAND_TITLE
    assert chat().says("microdiscectomy").says("may I keep my nail varnish on").guides <= {SPINE}


def test_topics_are_those_of_the_own_guide(chat):
    talk = chat().says("carpal tunnel release").says("When can I drive?")
    topic = next(one for one in talk.titles if one != "Tell me more")
    assert talk.taps(topic).guides == {HAND}


def test_more_after_a_change_of_operation_does_not_mix_the_guides(chat):
    talk = chat().says("microdiscectomy").says("Does the microscope change my preparation?")
    assert talk.guides == {SPINE}
    talk.says("carpal tunnel release").says("tell me more")
    assert talk.guides <= {HAND}


def test_in_spanish_too(chat):
    talk = chat("es").says("¿Cuándo puedo conducir otra vez?")
    assert "Liberación del túnel carpiano" in talk.titles
    assert talk.taps("Liberación del túnel carpiano").passages == {"c06"}
    assert "agarre el volante" in talk.texts[0]
