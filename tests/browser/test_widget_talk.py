"""A conversation in the widget, as a patient has it."""

import re
from datetime import datetime, timedelta, timezone

import pytest
from playwright.sync_api import expect
from widget_site import EMERGENCY, SOURCE

pytest_plugins = ["widget_fixtures"]
pytestmark = pytest.mark.browser

LONG = "The guide says a great deal about this. " * 40


def test_the_first_screen_says_what_it_is_and_asks_before_anything_is_sent(visit, site):
    calls = []
    widget = visit()
    widget.page.on("request", lambda request: calls.append(request.url))
    before = site.conversations()
    widget.open()
    for words in (
        "automated assistant",
        "not a person",
        "Nobody is watching this chat live",
        "not for emergencies",
        "Your privacy",
        "Version ",
    ):
        expect(widget.panel).to_contain_text(words)
    expect(widget.page.get_by_role("link", name="Call 112").first).to_have_attribute(
        "href", "tel:112"
    )
    expect(widget.input).to_be_hidden()
    assert widget.log.count() == 1
    widget.page.get_by_role("button", name="Do I have to fast").click()
    expect(widget.agree_button).to_have_text(re.compile("I agree, ask: Do I have to fast"))
    assert [url for url in calls if "/api/" in url] == []
    assert site.conversations() == before
    widget.agree_button.click()
    widget.message("Do I have to fast").wait_for()
    expect(widget.messages.locator(".state")).to_have_text("Sent")
    assert site.asked() == ["Do I have to fast before the operation?"]


def test_a_question_is_answered_with_its_source(visit, site):
    widget = visit().start().say("How do I prepare?")
    expect(widget.typing).to_be_visible()
    site.says(
        "Using the microscope does not change your preparation.",
        done=True,
        source=SOURCE,
        quick_replies=[{"title": "Tell me more", "payload": {}}],
    )
    answer = widget.message("does not change")
    expect(answer).to_contain_text("Assistant")
    when = answer.locator("time")
    expect(when).to_have_text(re.compile(r"^\d{1,2}:\d{2}( [AP]M)?$"))
    said = datetime.fromisoformat(when.get_attribute("datetime").replace("Z", "+00:00"))
    assert abs(datetime.now(timezone.utc) - said) < timedelta(minutes=5)
    expect(widget.typing).to_be_hidden()
    expect(answer.locator("dl")).to_be_hidden()
    answer.locator("summary").click()
    expect(answer.locator("dl")).to_contain_text("preparation-1")
    more = answer.get_by_role("button", name="Tell me more")
    more.click()
    expect(widget.messages.last).to_contain_text("Tell me more")
    expect(more).to_have_attribute("aria-disabled", "true")
    expect(widget.messages.last.locator(".state")).to_have_text("Sent")
    assert site.asked() == ["How do I prepare?", "Tell me more"]


def test_a_nurse_is_one_tap_away(visit, site):
    widget = visit().open()
    widget.page.get_by_role("button", name="Talk to a nurse").click()
    widget.agree_button.click()
    expect(widget.message("Talk to a nurse").locator(".state")).to_have_text("Sent")
    expect(widget.messages.nth(1)).to_contain_text("reference")
    widget.page.get_by_role("button", name="Talk to a nurse").click()
    expect(widget.messages.nth(3)).to_contain_text("added this to your request")
    assert site.asked() == ["Talk to a nurse"] * 2


def test_a_red_flag_is_unmistakable_and_announced_once(visit, site, shot):
    widget = visit(viewport={"width": 1280, "height": 800}).start().say("Hello")
    widget.page.evaluate("""() => {
        const root = document.querySelector('perioperative-assistant').shadowRoot;
        window.alerts = 0;
        new MutationObserver((records) => records.forEach((record) =>
          record.addedNodes.forEach((node) => { if (node.role === 'alert') window.alerts += 1; })))
          .observe(root.querySelector('[role=log]'), {childList: true, subtree: true});
    }""")
    site.says(EMERGENCY, done=True, alert="emergency")
    alert = widget.page.get_by_role("alert").filter(has_text="Call 112 now")
    expect(alert).to_be_in_viewport()
    expect(alert.get_by_role("link", name="Call 112")).to_be_in_viewport()
    expect(alert.locator(".level")).to_have_text("Emergency")
    site.says("Something else.")
    widget.message("Something else.").wait_for()
    assert widget.page.evaluate("window.alerts") == 1
    shot(widget, "emergency")


def test_an_alert_opens_a_closed_window_without_taking_the_focus(visit, site):
    widget = visit().start().say("Hello")
    widget.page.keyboard.press("Escape")
    expect(widget.panel).to_be_hidden()
    widget.page.locator("a.name").focus()
    site.says(EMERGENCY, alert="emergency")
    expect(widget.page.get_by_role("alert").filter(has_text="Call 112 now")).to_be_visible()
    assert widget.page.evaluate("document.activeElement.className") == "name"


def test_a_nurse_is_a_person_with_name_and_role(visit, site, shot):
    widget = visit(viewport={"width": 1280, "height": 800}).start().say("Please help")
    site.nurse("I have read your messages.", done=True)
    answer = widget.message("I have read")
    for words in ("Ana", "nurse", "a person, not the assistant"):
        expect(answer).to_contain_text(words)
    present = widget.page.locator(".present")
    expect(present).to_contain_text("Ana (nurse), a person, is answering you.")
    expect(widget.typing).to_be_hidden()
    shot(widget, "nurse")
    site.says("Ana has handed back to me.", "notice")
    expect(present).to_be_hidden()


def test_unread_messages_are_counted_on_the_launcher(visit, site):
    widget = visit().start().say("Hello")
    widget.page.get_by_role("button", name="Close").click()
    site.says("One")
    site.says("Two")
    expect(widget.launcher).to_contain_text("2 new")
    widget.open()
    expect(widget.messages.last).to_be_in_viewport()


def test_long_answers_fold_but_alerts_and_nurses_are_shown_whole(visit, site):
    widget = visit().start().say("Tell me everything")
    site.says(LONG)
    folded = widget.messages.nth(1)
    more = folded.get_by_role("button", name="Show all")
    expect(more).to_have_attribute("aria-expanded", "false")
    more.click()
    expect(folded.get_by_role("button", name="Show less")).to_have_attribute(
        "aria-expanded", "true"
    )
    site.says(LONG, alert="urgent")
    expect(widget.messages.nth(2)).to_be_visible()
    expect(widget.messages.nth(2).get_by_role("button", name="Show all")).to_have_count(0)


def test_a_text_that_is_too_long_is_kept_and_explained(visit):
    widget = visit().start()
    widget.input.fill("x" * 20_001)
    widget.page.locator("button.send").click()
    expect(widget.page.locator(".error").first).to_contain_text("20001 of 20000")
    assert len(widget.input.input_value()) == 20_001


def test_what_others_write_is_shown_as_text_only(visit, site):
    attack = "<img src=x onerror=\"document.title='owned'\"> **b** [x](javascript:alert(1)) \u202e"
    widget = visit().start().say(attack)
    site.says(attack)
    expect(widget.messages.nth(1)).to_be_visible()
    assert widget.messages.locator("img, b, strong:not(.level), a").count() == 0
    assert widget.page.title() != "owned"


def test_the_configured_numbers_in_a_text_can_be_dialled_and_no_others(visit, site):
    widget = visit().start().say("Hello")
    site.says("Not 1120, not 0 112 345. Clinic: +00 123 456 789. In an emergency call 112.")
    links = widget.messages.nth(1).locator("a")
    expect(links).to_have_count(2)
    assert links.nth(0).get_attribute("href") == "tel:+00123456789"
    assert links.nth(1).get_attribute("href") == "tel:112"


def test_save_the_conversation_as_a_file(visit, site):
    widget = visit().start().say("What are the risks?")
    site.says("The guide names infection.")
    widget.message("infection").wait_for()
    with widget.page.expect_download() as download:
        widget.menu("Save this conversation")
    text = download.value.path().read_text("utf-8")
    assert download.value.suggested_filename.endswith(".txt")
    assert "You\nWhat are the risks?" in text
    assert "Assistant\nThe guide names infection." in text


def test_end_and_delete(visit, site):
    widget = visit().start().say("Forget this")
    gone = site.newest()
    widget.menu("End and delete")
    sheet = widget.page.locator(".sheet")
    expect(sheet).to_contain_text("cannot be undone")
    sheet.get_by_role("button", name="Keep it").click()
    expect(sheet).to_be_hidden()
    widget.menu("End and delete")
    sheet.get_by_role("button", name="End and delete").click()
    expect(widget.panel).to_contain_text("The conversation is ended and deleted.")
    assert widget.messages.count() == 0
    assert site.asked(gone) == []
    assert "Forget" not in widget.storage()
    expect(widget.agree_button).to_be_visible()


def test_a_conversation_with_a_request_says_that_it_is_kept(visit):
    widget = visit().open()
    widget.page.get_by_role("button", name="Talk to a nurse").click()
    widget.agree_button.click()
    widget.message("reference").wait_for()
    widget.menu("End and delete")
    widget.page.locator(".sheet").get_by_role("button", name="End and delete").click()
    expect(widget.panel).to_contain_text(re.compile("belongs to your request [A-Z0-9]{6}"))


def test_continue_on_another_device_by_a_code(visit, site):
    first = visit().start().say("From the first device")
    first.menu("Continue on another device")
    code = first.page.locator(".code").inner_text()
    second = visit().open()
    second.menu("I have a code")
    second.page.get_by_label("Code from the other device").fill(code.lower())
    second.page.get_by_role("button", name="Continue", exact=True).click()
    expect(second.message("From the first device")).to_be_visible()
    second.say("From the second device")
    expect(first.panel).to_contain_text("moved to another device", timeout=25_000)
    assert first.messages.count() == 0
    assert site.asked() == ["From the first device", "From the second device"]


def test_a_wrong_code_is_refused_in_words(visit):
    widget = visit().open()
    widget.menu("I have a code")
    widget.page.get_by_label("Code from the other device").fill("AAAA-BBBB-CCCC")
    widget.page.get_by_role("button", name="Continue", exact=True).click()
    expect(widget.page.locator(".sheet .error")).to_contain_text("This code is wrong")


def test_a_conversation_in_spanish_on_a_phone(visit, site, shot):
    widget = visit(
        "/demo?lang=es",
        viewport={"width": 360, "height": 740},
        is_mobile=True,
        has_touch=True,
        locale="es-ES",
    )
    widget.launcher.tap()
    expect(widget.panel).to_contain_text("No soy una persona")
    widget.page.get_by_role("button", name="¿Tengo que estar en ayunas").tap()
    widget.agree_button.tap()
    message = widget.message("¿Tengo que estar en ayunas")
    expect(message.locator(".state")).to_have_text("Enviado")
    site.says(
        "La guía dice que las instrucciones se dan según la intervención.", done=True, source=SOURCE
    )
    expect(widget.message("La guía dice")).to_contain_text("De la guía")
    box = widget.panel.bounding_box()
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 360, 740)
    shot(widget, "phone-spanish")


def test_drafts_are_kept_over_a_reload_and_leave_with_the_message(visit):
    widget = visit().start()
    widget.input.fill("half a sentence")
    widget.page.reload()
    widget.open()
    expect(widget.input).to_have_value("half a sentence")
    widget.page.locator("button.send").click()
    expect(widget.message("half a sentence").locator(".state")).to_have_text("Sent")
    expect(widget.messages).to_have_count(1)
    assert "half" not in widget.storage()
