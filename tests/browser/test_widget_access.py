"""The widget for people who use a keyboard, a screen reader, large type or few pixels."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from widget_site import ELEMENT, EMERGENCY, SOURCE

pytest_plugins = ["widget_fixtures"]
pytestmark = pytest.mark.browser

RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }
}
PAGE = '<!doctype html><html lang="en"><title>x</title><script src="/widget.js" %s async></script>'
SMALL = """(limit) => {
  const root = document.querySelector('perioperative-assistant').shadowRoot;
  return [...root.querySelectorAll('button, a, summary, input, textarea')]
    .filter((node) => node.checkVisibility() && node.getClientRects().length)
    .filter((node) => !node.matches('.text a, .own a'))
    .map((node) => [node.className || node.tagName, node.getBoundingClientRect()])
    .filter(([, box]) => box.width < limit || box.height < limit)
    .map(([name, box]) => `${name} ${box.width}x${box.height}`);
}"""

CONTRAST = """() => {
  const root = document.querySelector('perioperative-assistant').shadowRoot;
  const parts = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
  const paper = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const color = parts(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
      if (color[3] > 0) throw new Error('half transparent background');
    }
    return [255, 255, 255];
  };
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const found = { looked: 0, low: [] };
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    const shown = walker.currentNode.data.trim() && node.checkVisibility();
    if (!shown || node.matches('.unseen')) continue;
    const [one, two] = [light(parts(getComputedStyle(node).color)), light(paper(node))];
    const ratio = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
    found.looked += 1;
    if (ratio < 4.5) found.low.push(`${ratio.toFixed(2)} ${walker.currentNode.data.slice(0, 40)}`);
  }
  return found;
}"""
"""axe cannot tell the background here: the element stands beside the page's body."""


def low_contrast(widget):
    found = widget.page.evaluate(CONTRAST)
    assert found["looked"] > 10
    return found["low"]


def everything(widget, site):
    """One of each kind of message on the screen."""
    widget.start().say("How do I prepare?")
    site.says(
        "The guide says this. " * 60,
        source=SOURCE,
        done=True,
        quick_replies=[{"title": "Tell me more", "payload": {}}],
    )
    widget.message("The guide says this").locator("summary").click()
    site.says("Contact the clinic today.", alert="urgent")
    site.says(EMERGENCY, alert="emergency")
    site.says("Ana is answering you now.", "notice")
    site.nurse("I have read your messages.")
    widget.message("I have read").wait_for()
    widget.page.wait_for_timeout(400)  # the animation that brings a message in


def findings(widget):
    results = Axe().run(widget.page, context={"fromShadowDom": [ELEMENT, ".wrap"]}, options=RULES)
    return [
        f"{found['id']}: {node['html'][:160]} {node['failureSummary']}"
        for found in results.response["violations"]
        for node in found["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 800), (360, 740)], ids=["desktop", "phone"])
def test_axe_finds_nothing(visit, site, scheme, size, shot):
    widget = visit(color_scheme=scheme, viewport={"width": size[0], "height": size[1]})
    assert findings(widget) == []
    widget.open()
    shot(widget, f"first-{scheme}-{size[0]}")
    assert findings(widget) == []
    assert low_contrast(widget) == []
    widget.page.keyboard.press("Escape")
    everything(widget, site)
    assert findings(widget) == []
    assert low_contrast(widget) == []
    shot(widget, f"all-{scheme}-{size[0]}")
    widget.page.get_by_role("button", name="Menu").click()
    assert findings(widget) == []
    widget.page.locator(".menu").get_by_role("button", name="End and delete").click()
    assert findings(widget) == []


def test_axe_finds_nothing_while_offline(visit, people):
    context = people()
    widget = visit(context=context).start().say("online")
    context.set_offline(True)
    widget.say("offline", wait=False)
    widget.page.get_by_role("button", name="Try again").wait_for()
    widget.page.wait_for_timeout(400)
    assert findings(widget) == []
    assert low_contrast(widget) == []


@pytest.mark.parametrize("lang", ["en", "es", "fr"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_demonstration_page(visit, lang, scheme):
    widget = visit(f"/demo?lang={lang}", color_scheme=scheme)
    results = Axe().run(widget.page, options=RULES)
    assert [found["id"] for found in results.response["violations"]] == []


def test_the_whole_way_with_the_keyboard_alone(visit, site):
    widget = visit()
    page, press = widget.page, widget.page.keyboard.press
    widget.launcher.focus()
    press("Enter")
    for _ in range(30):
        if "agree" in (widget.focused() or ""):
            break
        press("Tab")
    press("Enter")
    expect(widget.input).to_be_focused()
    page.keyboard.type("What are the risks?")
    press("Shift+Enter")
    page.keyboard.type("All of them.")
    press("Enter")
    expect(widget.message("What are the risks?").locator(".state")).to_have_text("Sent")
    assert site.asked() == ["What are the risks?\nAll of them."]
    site.says("Some.", quick_replies=[{"title": "More", "payload": {}}])
    widget.message("Some.").wait_for()
    for _ in range(10):
        press("Shift+Tab")
        if "More" in (widget.focused() or ""):
            break
    press("Enter")
    expect(widget.messages.last.locator(".state")).to_have_text("Sent")
    assert site.asked()[-1] == "More"
    assert "More" in widget.focused()  # the focus stayed where the person was
    press("Escape")
    expect(widget.panel).to_be_hidden()
    expect(widget.launcher).to_be_focused()
    press("Enter")
    expect(widget.input).to_be_focused()


def test_escape_closes_one_thing_at_a_time(visit):
    widget = visit().start().say("hello")
    menu = widget.page.get_by_role("button", name="Menu")
    menu.click()
    widget.page.keyboard.press("Escape")
    expect(widget.page.locator(".menu")).to_be_hidden()
    expect(menu).to_be_focused()
    widget.menu("End and delete")
    expect(widget.page.get_by_role("heading", name="End this conversation")).to_be_focused()
    widget.page.keyboard.press("Escape")
    expect(widget.page.locator(".sheet")).to_be_hidden()
    expect(widget.panel).to_be_visible()
    widget.page.keyboard.press("Escape")
    expect(widget.panel).to_be_hidden()


def test_a_new_message_never_takes_the_focus(visit, site):
    widget = visit().start().say("hello")
    widget.input.fill("I am still wri")
    site.says(EMERGENCY, alert="emergency")
    site.nurse("a nurse")
    widget.message("a nurse").wait_for()
    expect(widget.input).to_be_focused()
    expect(widget.input).to_have_value("I am still wri")


def test_what_a_screen_reader_is_told(visit, site):
    widget = visit()
    expect(widget.launcher).to_have_attribute("aria-expanded", "false")
    everything(widget, site)
    expect(widget.panel).to_have_accessible_name("Guide assistant")
    expect(widget.log).to_have_attribute("aria-live", "polite")
    expect(widget.log).to_have_accessible_name("Conversation")
    expect(widget.input).to_have_accessible_name("Your message")
    tree = widget.panel.aria_snapshot()
    for line in (
        'heading "Guide assistant"',
        'link "Call 112"',
        'button "Close"',
        'button "Menu"',
        'button "Send"',
        'button "Talk to a nurse"',
        'log "Conversation"',
        "alert",
    ):
        assert line in tree, line
    assert "Ana" in tree
    assert re.search(r"group \"Answers to choose from\"", tree)


def test_sending_is_said_in_words(visit, people):
    context = people()
    widget = visit(context=context).start()
    status = widget.page.locator("[role=status]")
    widget.input.fill("hello")
    widget.page.locator("button.send").click()
    expect(status).to_have_text("Sent")
    context.set_offline(True)
    widget.say("offline", wait=False)
    expect(status).to_contain_text("Not sent yet")


def test_sending_is_said_when_the_stream_knows_before_the_request_is_answered(visit, people):
    context = people()
    widget = visit(context=context).start()
    held = []
    context.route("**/messages", lambda route: held.append(route.fetch()))
    widget.input.fill("hello")
    widget.page.locator("button.send").click()
    expect(widget.page.locator("[role=status]")).to_have_text("Sent")
    assert [response.status for response in held] == [202]  # never passed on


@pytest.mark.parametrize("size", [(1280, 800), (360, 640)], ids=["desktop", "phone"])
def test_targets_are_large_enough(visit, site, size):
    widget = visit(viewport={"width": size[0], "height": size[1]})
    assert widget.page.evaluate(SMALL, 24) == []
    everything(widget, site)
    widget.page.get_by_role("button", name="Menu").click()
    assert widget.page.evaluate(SMALL, 24) == []


@pytest.mark.parametrize("size", [(320, 256), (320, 568)], ids=["zoom-400", "old-phone"])
def test_everything_can_be_reached_on_few_pixels(visit, site, size, shot):
    widget = visit(viewport={"width": size[0], "height": size[1]})
    everything(widget, site)
    shot(widget, f"small-{size[1]}")
    overflow = widget.page.evaluate(
        f"""() => {{ const panel = document.querySelector('{ELEMENT}').shadowRoot
        .querySelector('.panel'); return panel.scrollWidth - panel.clientWidth; }}"""
    )
    assert overflow <= 0
    for target in (
        widget.input,
        widget.page.get_by_role("link", name="Call 112").first,
        widget.page.get_by_role("button", name="Close"),
    ):
        target.scroll_into_view_if_needed()
        expect(target).to_be_in_viewport(ratio=0.9)
    widget.say("from a small screen")
    expect(widget.message("from a small screen")).to_be_in_viewport()
    site.says("and the answer", done=True)
    expect(widget.message("and the answer")).to_be_in_viewport()


def test_the_focused_element_is_not_hidden_behind_another(visit, site):
    widget = visit(viewport={"width": 360, "height": 640})
    everything(widget, site)
    widget.page.locator(".scroller").focus()
    hidden = []
    for _ in range(40):
        widget.page.keyboard.press("Tab")
        state = widget.page.evaluate(
            f"""() => {{ const root = document.querySelector('{ELEMENT}').shadowRoot;
            const node = root.activeElement; if (!node) return null;
            const box = node.getBoundingClientRect();
            const [x, y] = [box.x + box.width / 2, box.y + Math.min(box.height / 2, 20)];
            return [node.className, node.contains(root.elementFromPoint(x, y))]; }}"""
        )
        if state is None:
            break
        if not state[1]:
            hidden.append(state[0])
    assert hidden == []


def test_less_motion_is_respected(visit):
    widget = visit(reduced_motion="reduce").start().say("hello")
    names = widget.page.evaluate(
        f"""() => [...document.querySelector('{ELEMENT}').shadowRoot.querySelectorAll('*')]
        .map((node) => getComputedStyle(node).animationName).filter((name) => name !== 'none')"""
    )
    assert names == []


def test_forced_colours_keep_borders_and_words(visit, site, shot):
    widget = visit(forced_colors="active", viewport={"width": 1280, "height": 800})
    everything(widget, site)
    for kind in ("emergency", "nurse", "patient"):
        width = widget.page.locator(f".message.{kind}").first.evaluate(
            "(node) => parseFloat(getComputedStyle(node).borderTopWidth)"
        )
        assert width >= 2, kind
    shot(widget, "forced-colors")


def test_right_to_left(visit, site, shot):
    html = PAGE % 'data-dir="rtl"'
    widget = visit("/rtl-host", html=html, viewport={"width": 360, "height": 640})
    widget.start().say("مرحبا، لدي سؤال")
    direction = (
        widget.message("مرحبا")
        .locator(".text")
        .evaluate("(node) => getComputedStyle(node).direction")
    )
    assert direction == "rtl"
    own = widget.message("مرحبا").bounding_box()
    site.says("Answer in English.")
    widget.message("Answer in English.").wait_for()
    widget.page.wait_for_timeout(300)
    other = widget.message("Answer in English.").bounding_box()
    assert own["x"] < other["x"] + other["width"] - 100
    assert other["x"] + other["width"] > own["x"] + own["width"]
    shot(widget, "rtl")


@pytest.mark.parametrize(
    "color", ["#ffee00", "#000", "#7fd0dd", "#808080", "red; } * {display:none", "#0b5563"]
)
def test_any_brand_colour_can_be_read(visit, color):
    html = PAGE % f'data-color="{color}"'
    widget = visit("/color-host", html=html).start().say("hello")
    widget.page.wait_for_timeout(300)
    assert low_contrast(widget) == []
