"""The widget on old phones, on pages from another time, and when the line is bad."""

import os
import signal

import pytest
from playwright.sync_api import expect
from widget_site import Site, Widget

pytest_plugins = ["widget_fixtures"]
pytestmark = pytest.mark.browser

OLD_SAFARI = """
for (const [owner, names] of [
  [Element.prototype, ['replaceChildren', 'checkVisibility']],
  [HTMLElement.prototype, ['showPopover', 'hidePopover', 'popover', 'inert']],
  [CSSStyleSheet.prototype, ['replaceSync', 'replace']],
  [String.prototype, ['replaceAll', 'at', 'isWellFormed']],
  [Array.prototype, ['at', 'findLast', 'toSorted', 'toReversed', 'with']],
  [Object, ['hasOwn', 'groupBy']], [Promise, ['any', 'withResolvers']],
  [AbortSignal, ['timeout', 'any']], [Crypto.prototype, ['randomUUID']],
  [window, ['structuredClone', 'BroadcastChannel', 'requestIdleCallback', 'visualViewport']],
]) for (const name of names) delete owner[name];
"""
"""What an iPhone with iOS 13 lacks of what the widget or its author might be tempted to use."""
PROTOTYPE = """
var URL = '/x', Element = function () {}, Event = function () {}, Hash = {}, name = 'n', $ = {};
Array.prototype.toJSON = String.prototype.toJSON = function () { return '"broken"'; };
Array.prototype.entries = Array.prototype.toArray = function () { return [].slice.call(this); };
Array.prototype.reduce = function () { return this.length > 1 ? this : this[0]; };
Array.prototype.first = Array.prototype.clear = function () { return this; };
Function.prototype.bind = function () { return this; };
String.prototype.sub = String.prototype.strip = function () { return 'broken'; };
Object.prototype.forEach = function () {}; Object.prototype.clone = function () {};
HTMLElement.prototype.show = HTMLElement.prototype.update = function () { return this; };
window.addEventListener('error', function (e) { window.broken = e.message; });
"""
"""What prototype.js, MooTools and their like did to built-ins, all at once."""
TAG = '<!doctype html><html lang="en"><title>x</title>%s<script src="/widget.js" async></script>'
KEYBOARD = """(height) => {
  Object.defineProperty(visualViewport, 'height', { value: height, configurable: true });
  Object.defineProperty(visualViewport, 'offsetTop', { value: 40, configurable: true });
  visualViewport.dispatchEvent(new Event('resize'));
}"""
IPHONE_SE = {"viewport": {"width": 320, "height": 568}, "is_mobile": True, "has_touch": True}


def test_an_iphone_with_ios_13(visit, site):
    widget = visit(script=OLD_SAFARI, **IPHONE_SE)
    expect(widget.launcher).to_have_css("position", "fixed")
    widget.start().say("from an old phone")
    site.says("an answer", quick_replies=[{"title": "More", "payload": {}}])
    site.nurse("a nurse")
    expect(widget.page.locator(".present")).to_contain_text("Ana")
    widget.menu("Continue on another device")
    expect(widget.page.locator(".code")).to_be_visible()
    widget.page.reload()
    widget.open()
    expect(widget.message("a nurse")).to_be_visible()
    assert widget.texts() == ["from an old phone", "an answer", "a nurse"]
    widget.menu("End and delete")
    widget.page.locator(".sheet").get_by_role("button", name="End and delete").click()
    expect(widget.panel).to_contain_text("ended and deleted")


def test_fields_are_so_large_that_an_iphone_does_not_zoom(visit):
    widget = visit(**IPHONE_SE).start()
    widget.menu("I have a code")
    for field in (widget.input, widget.page.get_by_label("Code from the other device")):
        size = field.evaluate("(node) => parseFloat(getComputedStyle(node).fontSize)")
        assert size >= 16


def test_the_keyboard_of_a_phone_covers_neither_the_text_box_nor_the_emergency_line(visit, site):
    widget = visit(**IPHONE_SE).start().say("hello")
    site.says("the last answer")
    widget.message("the last answer").wait_for()
    widget.page.evaluate(KEYBOARD, 320)
    expect(widget.panel).to_have_css("height", "320px")
    call = widget.page.get_by_role("link", name="Call 112").first.bounding_box()
    box = widget.input.bounding_box()
    assert call["y"] >= 40
    assert box["y"] + box["height"] <= 360
    widget.page.evaluate(KEYBOARD, 568)
    expect(widget.panel).to_have_css("height", "568px")


def test_a_page_whose_libraries_changed_the_built_ins(visit, site):
    html = TAG % f"<script>{PROTOTYPE}</script>"
    widget = visit("/prototype-host", html=html).start()
    widget.say('with "quotes" and a [list]')
    site.says("answered", quick_replies=[{"title": "More", "payload": {}}])
    widget.message("answered").get_by_role("button", name="More").click()
    expect(widget.messages.last.locator(".state")).to_have_text("Sent")
    assert site.asked() == ['with "quotes" and a [list]', "More"]
    widget.page.reload()
    widget.open()
    expect(widget.message("answered")).to_be_visible()
    assert widget.page.evaluate("window.broken") is None


def test_a_flood_is_told_so_and_sent_later(visit, site):
    widget = visit().start().say("before")
    slow = {"status": 429, "headers": {"Retry-After": "3"}, "body": "{}"}
    refused = []

    def refuse_once(route):
        if refused:
            route.continue_()
        else:
            refused.append(1)
            route.fulfill(**slow)

    widget.page.route("**/api/v1/messages", refuse_once)
    widget.say("one too many", wait=False)
    expect(widget.message("one too many")).to_contain_text("Many messages at once")
    expect(widget.message("one too many")).to_contain_text("call Spine Clinic")
    expect(widget.message("one too many").locator(".state")).to_have_text("Sent")
    assert site.asked() == ["before", "one too many"]


def test_a_server_that_stops_answering_while_a_message_is_sent(visit, site, people):
    context = people(clock=True)
    widget = visit(context=context).start().say("before")
    os.kill(site.process.pid, signal.SIGSTOP)
    try:
        widget.say("into the silence", wait=False)
        state = widget.message("into the silence").locator(".state")
        expect(state).to_have_text("Sending")
        widget.page.clock.run_for(16_000)
        for _ in range(3):  # the help stays while it is tried again and again
            expect(widget.message("into the silence")).to_contain_text("call Spine Clinic")
            widget.page.clock.run_for(12_000)
    finally:
        os.kill(site.process.pid, signal.SIGCONT)
    widget.page.clock.run_for(3_000)
    expect(state).to_have_text("Sent")
    assert site.asked() == ["before", "into the silence"]
    assert widget.texts() == ["before", "into the silence"]


def node(tree, role, **wanted):
    """The first node of the accessibility tree with this role and these properties."""
    for found in tree:
        if found.get("role", {}).get("value") != role:
            continue
        properties = {item["name"]: item["value"].get("value") for item in found["properties"]}
        if wanted.items() <= properties.items():
            return properties
    return None


def test_live_regions_in_the_accessibility_tree(visit, site):
    widget = visit().open()
    session = widget.page.context.new_cdp_session(widget.page)

    def tree():
        found = session.send("Accessibility.getFullAXTree")["nodes"]
        return [{"properties": [], **one} for one in found if not one.get("ignored")]

    assert node(tree(), "log", live="polite", relevant="additions"), "before the first message"
    widget.agree_button.click()
    widget.say("hello")
    site.says("Call now.", alert="emergency")
    widget.message("Call now.").wait_for()
    assert node(tree(), "alert", live="assertive", atomic=True)
    assert node(tree(), "status", live="polite") is not None
    widget.page.reload()
    widget.open()
    widget.message("Call now.").wait_for()
    expect(widget.log).not_to_have_attribute("aria-busy", "true")
    alerts = widget.log.locator("[role=alert]")
    expect(alerts).to_have_count(0)  # history is read, not shouted
    widget.page.keyboard.press("Escape")
    site.says("while closed")
    expect(widget.page.locator("[role=status]")).to_have_text("1 new")


def test_the_browsers_own_back_and_forward_cache(visit, site):
    widget = visit().start().say("hello")
    page = widget.page
    page.evaluate("window.same = 'the very same page'")
    page.goto(f"{site.url}/demo.css")
    site.says("while away")
    page.evaluate("history.back()")
    page.wait_for_url("**/demo", wait_until="commit")
    assert page.evaluate("window.same") == "the very same page"
    expect(widget.message("while away")).to_be_visible()
    widget.say("and on")
    assert widget.texts() == ["hello", "while away", "and on"]


def test_nothing_is_covered_by_the_pill_for_new_messages(visit, site):
    widget = visit(viewport={"width": 360, "height": 640}).start().say("hello")
    site.says("Contact the clinic today. " * 20, alert="urgent")
    widget.message("Contact the clinic").wait_for()
    call = widget.message("Contact the clinic").get_by_role("link", name="Call Spine Clinic")
    expect(call).to_be_in_viewport(ratio=1)
    site.says("something routine")
    pill = widget.page.get_by_role("button", name="New message")
    pill.wait_for()
    scroller = widget.page.locator(".scroller").bounding_box()
    assert pill.bounding_box()["y"] >= scroller["y"] + scroller["height"]


def test_a_red_flag_does_not_wait_behind_a_message_that_came_too_fast(people, tmp_path):
    strict = Site(tmp_path, MESSAGES_PER_MINUTE="1", MESSAGE_BURST="2", SEMANTIC_TRIAGE="no")
    try:
        page = people().new_page()
        page.goto(f"{strict.url}/demo")
        widget = Widget(page).start().say("one").say("two")
        widget.say("three", wait=False)
        expect(widget.message("three")).to_contain_text("Many messages at once")
        widget.say("I cannot feel my legs and I lost control of my bladder")
        assert strict.asked()[2:] == ["I cannot feel my legs and I lost control of my bladder"]
        expect(widget.message("three").locator(".state")).to_have_text("Not sent")
    finally:
        strict.kill()
