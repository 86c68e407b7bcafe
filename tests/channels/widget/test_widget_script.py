import gzip
import json
import re
from dataclasses import replace

import pytest

from bot.channels.widget import script, strings
from bot.settings import LOCALES, Settings

LIMIT_BYTES = 20_000


def inside(text):
    found = re.search(r"const SERVER=(\{.*\});$", text, re.MULTILINE)
    return json.loads(found.group(1).replace("<\\/", "</"))


def test_the_script_is_small(client):
    answer = client.get("/widget.js", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) <= LIMIT_BYTES


def test_contacts_and_texts_travel_in_the_script(client):
    settings = inside(client.get("/widget.js").text)
    assert settings["emergency"] == "112"
    assert settings["phone"] == "+00 123 456 789"
    assert settings["clinic"] == "Test Clinic"
    assert set(settings["strings"]) == set(LOCALES)
    assert settings["notice"] == strings.notice_version()


def test_a_number_that_is_not_set_is_not_invented():
    settings = inside(script.script(Settings()).body.decode())
    assert settings["emergency"] == settings["phone"] == ""


def test_it_is_sent_again_only_when_it_changed(client):
    first = client.get("/widget.js", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in first.headers
    tag = first.headers["etag"]
    again = client.get("/widget.js", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert "max-age=300" in first.headers["cache-control"]
    other = script.script(replace(client.app.state.settings, emergency_number="911"))
    assert other.etag != tag


def test_packed_and_plain_are_the_same(client):
    asset = script.script(client.app.state.settings)
    assert gzip.decompress(asset.packed) == asset.body


def test_a_clinic_name_cannot_end_the_script_element():
    asset = script.script(Settings(clinic_name="</script><script>alert(1)</script>\u2028"))
    assert b"</script" not in asset.body
    assert "\u2028" not in asset.body.decode()


def test_lean_source_loses_only_space_and_comments():
    source = (script.STATIC / "widget.js").read_text("utf-8")
    assert source.count("`") % 2 == 0
    for line in source.splitlines():
        assert line.count("`") % 2 == 0, f"a text over several lines: {line}"
        if "/*" in line and not line.strip().startswith("/*"):
            assert "*/" in line, f"a comment that goes on: {line}"
    lean = script.lean(source)
    assert "const SERVER" in lean
    assert len(lean) < len(source)


@pytest.mark.parametrize(
    "word",
    [
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "eval(",
        "Function(",
        "document.write",
        "localStorage",
        "document.cookie",
        "http://",
        "https://",
    ],
)
def test_the_script_keeps_away_from(word):
    lean = script.lean((script.STATIC / "widget.js").read_text("utf-8"))
    found = [line for line in lean.splitlines() if word in line and "w3.org/2000/svg" not in line]
    assert found == []


def test_the_style_sheet_asks_for_nothing_from_elsewhere():
    style = (script.STATIC / "widget.css").read_text("utf-8")
    assert "url(" not in style
    assert "@import" not in style
    assert "@font-face" not in style


def test_all_languages_have_the_same_texts():
    assert strings.problems(strings.load()) == []


def test_a_missing_text_or_placeholder_is_named():
    texts = {locale: dict(content) for locale, content in strings.load().items()}
    del texts["es"]["send"]
    texts["fr"]["call"] = "Appeler"
    assert strings.problems(texts) == [
        "bot/channels/widget/strings/es.yml: send: missing or unknown",
        (
            "bot/channels/widget/strings/fr.yml: call: placeholders differ from the English text"
            " or are unknown"
        ),
    ]


def test_the_notice_has_a_new_version_when_its_words_change(monkeypatch):
    before = strings.notice_version()
    texts = {locale: dict(content) for locale, content in strings.load().items()}
    texts["fr"]["privacyShort"] += " "
    monkeypatch.setattr(strings, "load", lambda: texts)
    assert strings.notice_version() != before


def test_every_text_is_used_by_the_script_or_the_file():
    used = (script.STATIC / "widget.js").read_text("utf-8")
    elsewhere = {"fileMade"}
    keys = set(strings.load()["en"]) - elsewhere
    assert [key for key in sorted(keys) if not re.search(rf"\b{key}\b", used)] == []


def test_the_demonstration_page_is_not_there_in_production(client, settings):
    page = client.get("/demo?lang=es")
    assert page.status_code == 200
    assert '<html lang="es">' in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert page.text.count("<script") == 1
    assert client.get("/").text == client.get("/demo").text
    client.app.state.settings = replace(settings, environment="production")
    try:
        assert client.get("/demo").status_code == 404
    finally:
        client.app.state.settings = settings


NEWER = {
    "optional chaining": r"\?\.(?!\d)",
    "nullish": r"\?\?",
    "logical assignment": r"(?:\|\||&&)=",
    "private member": r"(?:this\.|^)#\w",
    "look-behind": r"\(\?<[=!]",
    "named group": r"\(\?<\w",
    "number with separators": r"\b\d+_\d",
    "replaceAll and its like": r"\.(?:replaceAll|replaceChildren|at|findLast|hasOwn|randomUUID)\(",
    "structuredClone": r"\bstructuredClone\b",
}
"""What an iPhone with iOS 13.0 cannot read or does not have."""


@pytest.mark.parametrize("name", NEWER)
def test_an_iphone_with_ios_13_can_read_it(name):
    lean = script.lean((script.STATIC / "widget.js").read_text("utf-8"))
    outside = re.sub(r'"(?:\\.|[^"\\\n])*"', '""', lean)
    assert re.findall(NEWER[name], outside, re.MULTILINE) == []


def test_spaces_go_but_texts_and_patterns_stay():
    source = 'const a = "x = y"; // why\nconst b = `${a} + 1`;\nconst c = f(/ [ ,] /, d) / 2;\n'
    assert script.lean(source) == (
        'const a="x = y";// why\nconst b=`${a} + 1`;\nconst c=f(/ [ ,] /,d)/ 2;'
    )


def test_the_privacy_policy_is_linked_when_it_is_set(client):
    assert inside(client.get("/widget.js").text)["privacy"] == ""
    linked = replace(client.app.state.settings, privacy_url="https://clinic.example/privacy")
    assert (
        inside(script.script(linked).body.decode())["privacy"] == "https://clinic.example/privacy"
    )
    assert "PRIVACY_URL" in replace(linked, privacy_url="javascript:alert(1)").problems()[-1]
