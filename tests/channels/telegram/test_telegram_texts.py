from __future__ import annotations

import shutil

import pytest
import yaml

from bot import language
from bot.channels.telegram.texts import Texts, problems
from bot.errors import SettingsError
from bot.settings import LOCALES, ROOT, Settings

DATA = ROOT / "data" / "telegram"


@pytest.fixture
def copy(tmp_path):
    return shutil.copytree(DATA, tmp_path / "telegram")


def change(directory, locale, **changes):
    path = directory / f"{locale}.yml"
    content = yaml.safe_load(path.read_text("utf-8"))
    for dotted, value in changes.items():
        part, _, key = dotted.partition("__")
        content[part][key] = value
    path.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")


def test_the_files_are_sound():
    assert problems(DATA) == []


@pytest.mark.parametrize("locale", LOCALES)
def test_every_text_can_be_filled_in(locale):
    texts = Texts.load(Settings(clinic_name="Test Clinic", clinic_phone="01 23"))
    for key in texts.content[locale]["texts"]:
        text = texts.text(key, locale, reference="ABC", what="x", name="N", role="r")
        assert "{" not in text
        assert text == text.strip()


@pytest.mark.parametrize("locale", LOCALES)
def test_a_clinic_without_a_name_is_called_the_clinic(locale):
    texts = Texts.load(Settings())
    assert texts.clinics[locale] in texts.text("welcome", locale)
    assert texts.clinics[locale][0].islower()
    for key, text in texts.content[locale]["texts"].items():
        assert "\n{clinic}" not in text, key
        assert ". {clinic}" not in text, key
        assert not text.startswith("{clinic}"), key


@pytest.mark.parametrize("locale", LOCALES)
def test_the_notice_names_the_risk_and_the_way_out(locale):
    notice = Texts.load(Settings()).text("notice", locale)
    assert "Telegram" in notice
    assert "/delete" in notice
    assert "/stop" in notice


@pytest.mark.parametrize("locale", LOCALES)
def test_the_help_names_every_command_but_start_and_itself(locale):
    texts = Texts.load(Settings())
    said = texts.text("help", locale)
    assert all(
        f"/{name}" in said
        for name in texts.commands(locale)
        if name
        not in {
            "start",
            "help",
        }
    )


def test_a_number_is_never_invented():
    texts = Texts.load(Settings())
    for locale in LOCALES:
        for key, text in texts.content[locale]["texts"].items():
            assert not any(character.isdigit() for character in text), key


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"texts__help": ""}, "help must be a text"),
        ({"texts__new": "x"}, "new: missing or unknown"),
        ({"texts__group": "{reference}"}, "placeholders differ"),
        ({"texts__group": "{token}"}, "unknown placeholder {token}"),
        ({"texts__short_description": "x" * 121}, "longer than 120"),
        ({"commands__help": "x" * 257}, "longer than 256"),
    ],
)
def test_a_wrong_file_is_named_with_its_key(copy, changes, said):
    change(copy, "es", **changes)
    found = problems(copy)
    assert any("es.yml" in line and said in line for line in found), found


def test_versions_must_agree_because_consent_names_one(copy):
    path = copy / "fr.yml"
    path.write_text(path.read_text("utf-8").replace('version: "', 'version: "x'), "utf-8")
    assert problems(copy) == ["data/telegram/fr.yml: version differs from the English file"]


def test_a_missing_file_stops_the_start(tmp_path):
    with pytest.raises(SettingsError, match="missing"):
        Texts.load(Settings(data=tmp_path))


@pytest.mark.parametrize("locale", LOCALES)
def test_the_names_of_attachments_are_no_red_flags_and_change_no_language(locale, triage):
    for name in Texts.load(Settings()).content[locale]["attachments"].values():
        assert triage.decide(f"[{name}]").level == "none"
        assert language.of(f"[{name}]", locale) == locale
