"""Texts around the guide: the same in all languages, complete, with configured contacts only."""

import re
import shutil

import pytest
import yaml

from bot.errors import SettingsError
from bot.settings import LOCALES, ROOT, Settings
from bot.wording import Wording, problems

DIRECTORY = ROOT / "data" / "wording"
CLINIC = Settings(
    clinic_name="Spine clinic",
    clinic_phone="01 23 45 67 89",
    clinic_hours="Mon-Fri 8-16",
    emergency_number="112",
)
EMPTY = Settings()
GIVEN = dict.fromkeys(("reference", "title", "titles", "nurse", "name", "role"), "VALUE")
PARTS = {"contact", "contact_emergency", "closed_contact"}
"""Parts of other texts, used only when the number they hold is configured."""


def every_text(settings):
    wording = Wording.load(DIRECTORY, settings)
    return {
        (locale, key): wording.text(key, locale, **GIVEN)
        for locale in LOCALES
        for key in set(wording.texts[locale]) - PARTS
    }


@pytest.mark.parametrize("settings", [CLINIC, EMPTY], ids=["configured", "empty"])
def test_every_text_can_be_said_in_every_language(settings):
    for where, text in every_text(settings).items():
        assert text.strip(), where
        assert not re.search(r"[{}]|\(\)|  | \.|None", text), (where, text)


def test_no_number_is_invented_where_none_is_configured():
    for (_, key), text in every_text(EMPTY).items():
        if key not in ("ask_operation_date", "invalid_operation_date"):  # an example of a date
            assert not re.search(r"\d", text), text


def test_the_configured_contacts_are_given():
    wording = Wording.load(DIRECTORY, CLINIC)
    for locale in LOCALES:
        contact = wording.contact(locale)
        assert "01 23 45 67 89 (Mon-Fri 8-16)" in contact
        assert "112" in contact
        assert contact in wording.text("apology", locale)
        assert "Spine clinic" in wording.text("privacy", locale)


def test_no_text_promises_when_somebody_will_answer():
    promise = re.compile(r"\b(soon|shortly|minutes|hours|pronto|minutos|bientôt|heures)\b")
    for (locale, key), text in every_text(CLINIC).items():
        assert key == "goodbye" or not promise.search(text), (locale, key)


def test_every_button_has_a_short_title_in_every_language():
    wording = Wording.load(DIRECTORY, CLINIC)
    for locale in LOCALES:
        for key in wording.buttons["en"]:
            assert 0 < len(wording.button(key, locale)) <= 40, (locale, key)


@pytest.fixture
def files(tmp_path):
    shutil.copytree(DIRECTORY, tmp_path / "wording")
    return tmp_path / "wording"


def change(path, edit):
    content = yaml.safe_load(path.read_text("utf-8"))
    edit(content)
    path.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")


def refused(directory):
    with pytest.raises(SettingsError) as error:
        Wording.load(directory, EMPTY)
    return error.value.message


def test_a_text_missing_in_one_language_is_named(files):
    change(files / "fr.yml", lambda content: content["texts"].pop("apology"))
    assert refused(files) == "data/wording/fr.yml: texts: apology: missing or unknown"


def test_a_button_unknown_in_english_is_named(files):
    change(files / "es.yml", lambda content: content["buttons"].update(jump="Saltar"))
    assert refused(files) == "data/wording/es.yml: buttons: jump: missing or unknown"


def test_a_placeholder_lost_in_translation_is_named(files):
    change(files / "es.yml", lambda content: content["texts"].update(apology="No puedo."))
    assert "data/wording/es.yml: apology: placeholders differ" in refused(files)


def test_a_misspelt_placeholder_is_named(files):
    def edit(content):
        content["texts"]["apology"] = "Call {clinic_fone}."

    change(files / "en.yml", edit)
    assert "unknown placeholder {clinic_fone}" in refused(files)


@pytest.mark.parametrize("content", ["texts: [", "", "just words", "texts: {}\nbuttons: {}\n"])
def test_a_broken_file_is_named(files, content):
    (files / "fr.yml").write_text(content, "utf-8")
    assert "fr.yml" in refused(files)


def test_a_missing_file_is_named(files):
    (files / "fr.yml").unlink()
    assert "fr.yml is missing" in refused(files)


def test_the_files_as_they_are_have_no_problems():
    files = {
        locale: yaml.safe_load((DIRECTORY / f"{locale}.yml").read_text("utf-8"))
        for locale in LOCALES
    }
    assert problems(files) == []
