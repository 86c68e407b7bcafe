"""The console's texts: the same keys and placeholders in every language, and nothing unused."""

import re
import string

import pytest
import yaml

from bot.console import texts
from bot.settings import LOCALES, ROOT

DATA = ROOT / "data" / "console"
ALL = texts.load(DATA)
FAMILIES = re.compile(
    r"(sign|assertion|layer|error|history|role|patient_role|status|priority|level|alarm|contact|"
    r"delivery|channel|language|speaker|filter|duration|surgery|outcome|numbers_days|picture_opened|quick|alert_way)_"
)


def placeholders(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("locale", LOCALES)
def test_every_language_has_the_same_keys_and_placeholders(locale):
    english, other = ALL["en"].texts, ALL[locale].texts
    assert english.keys() == other.keys()
    differ = [key for key in english if placeholders(english[key]) != placeholders(other[key])]
    assert differ == []


def test_no_text_is_unused():
    code = "".join(
        path.read_text("utf-8")
        for path in (ROOT / "bot" / "console").rglob("*")
        if path.suffix in {".py", ".html"}
    )
    unused = [
        key
        for key in ALL["en"].texts
        if f'"{key}"' not in code and f"'{key}'" not in code and not FAMILIES.match(key)
    ]
    assert unused == []


def test_every_red_flag_and_assertion_of_the_triage_data_has_a_name():
    tiers = yaml.safe_load((ROOT / "data" / "triage" / "tiers.yml").read_text("utf-8"))
    wanted = {f"sign_{sign}" for sign in tiers["signs"]}
    wanted |= {f"assertion_{assertion}" for assertion in tiers["assertions"]}
    assert wanted - ALL["en"].texts.keys() == set()
