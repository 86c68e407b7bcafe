"""The widget on the pages of others: what they do does not break it, and it tells them nothing."""

import re

import pytest
from playwright.sync_api import expect
from widget_site import ELEMENT, Site, Widget, free_port, website

pytest_plugins = ["widget_fixtures"]
pytestmark = pytest.mark.browser

TAG = '<script src="/widget.js" async></script>'
PAGE = f"<!doctype html><html lang=en><title>x</title><body>{TAG}"
BOMB = """<!doctype html><html lang="en"><head><title>bomb</title><style>
* { all: unset !important; display: none !important; font-size: 90px !important;
    color: red !important; visibility: hidden !important; transform: rotate(3deg) !important;
    pointer-events: none !important; opacity: 0 !important; z-index: -1 !important }
html { display: block !important; font-size: 2px !important; overflow: hidden !important }
button, textarea, div, p, a { position: static !important; width: 1px !important }
</style></head><body style="transform: scale(.2)"><h1>hostile</h1>%s</body></html>"""
OLD = """<!doctype html><html><head><title>old</title><script>
Array.prototype.each = function () {};
Object.prototype.extra = 'x';
Array.prototype.toJSON = function () { return 'broken'; };
Array.from = function (list) { return [].slice.call(list); };
String.prototype.padStart = undefined;
var store = 2, script = 3, t = 4, make = 5;
window.$ = window.jQuery = function () { return { ready: function (f) { f(); } }; };
function hear(e) { window.heard = (window.heard || '') + e.type + e.key; e.preventDefault(); }
document.addEventListener('keydown', hear);
document.addEventListener('keypress', hear);
document.addEventListener('input', hear);
document.addEventListener('focusin', function () { document.getElementById('field').focus(); });
</script></head><body><input id="field">%s</body></html>"""
STRICT = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'"


def host(visit, html, policy=None, **how):
    """A page of the clinic, with its own policy."""
    context = how.pop("context")
    headers = {"Content-Security-Policy": policy} if policy else {}
    context.route(
        re.compile(r"/host\?"),
        lambda route: route.fulfill(body=html, content_type="text/html", headers=headers),
    )
    return visit("/host?page", context=context, **how)


def test_a_style_sheet_that_hides_everything_does_not_hide_it(visit, site, people):
    widget = host(visit, BOMB % TAG, context=people(viewport={"width": 1000, "height": 700}))
    expect(widget.launcher).to_be_visible()
    box = widget.launcher.bounding_box()
    assert box["height"] >= 44
    assert box["x"] + box["width"] > 900
    widget.start().say("still here")
    site.says("and answering")
    expect(widget.message("and answering")).to_be_in_viewport()
    style = (
        widget.message("and answering")
        .locator(".text")
        .evaluate("(node) => [getComputedStyle(node).fontSize, getComputedStyle(node).color]")
    )
    assert style == ["16px", "rgb(20, 36, 42)"]


def test_an_old_page_with_its_own_ideas(visit, site, people):
    widget = host(visit, OLD % TAG, context=people())
    widget.start()
    widget.input.click()
    widget.page.keyboard.type("typed with s and /")
    widget.page.keyboard.press("Enter")
    expect(widget.message("typed with s").locator(".state")).to_have_text("Sent")
    assert site.asked() == ["typed with s and /"]
    assert widget.page.evaluate("window.heard") is None
    widget.page.reload()
    widget.open()
    expect(widget.message("typed with s")).to_be_visible()


@pytest.mark.parametrize(
    "policy",
    [STRICT, f"{STRICT}; require-trusted-types-for 'script'; trusted-types 'none'"],
    ids=["strict", "trusted-types"],
)
def test_a_policy_that_forbids_everything_but_self(visit, site, people, policy):
    widget = host(visit, PAGE, policy=policy, context=people())
    widget.start().say("under a strict policy")
    site.says("answered")
    expect(widget.message("answered")).to_be_visible()
    expect(widget.page.locator(".panel")).to_have_css("position", "fixed")
    with widget.page.expect_download():
        widget.menu("Save this conversation")
    # `faults` fails the test on any violation of the policy or request to another place


def test_without_constructable_style_sheets_it_is_styled_by_a_link(visit, people):
    old = "delete CSSStyleSheet.prototype.replaceSync;"
    widget = host(visit, PAGE, policy=STRICT, context=people(script=old))
    expect(widget.launcher).to_have_css("position", "fixed")


def test_the_script_twice_is_one_window(visit, people):
    widget = host(visit, PAGE + TAG, context=people())
    widget.page.wait_for_load_state("networkidle")
    expect(widget.launcher).to_have_count(1)
    assert widget.page.locator(ELEMENT).count() == 1


def test_two_installations_on_one_page_stay_apart(site, people, tmp_path):
    other = Site(tmp_path, ALLOWED_ORIGINS=f"http://127.0.0.1:{site.listed}")
    html = (
        f'<!doctype html><title>x</title><script src="{site.url}/widget.js" async></script>'
        f'<script src="{other.url}/widget.js" data-position="left" data-title="Other"></script>'
    )
    page = people(viewport={"width": 1280, "height": 800}).new_page()
    try:
        with website(site.listed, html) as address:
            page.goto(address)
            expect(page.locator("button.launcher")).to_have_count(2)
            second = page.locator("button.launcher", has_text="Other")
            assert second.bounding_box()["x"] < 100
            second.click()
            panel = page.get_by_role("dialog")
            panel.locator("button.agree").click()
            panel.locator("textarea").fill("to the other")
            panel.locator("button.send").click()
            expect(panel.locator(".message .state")).to_have_text("Sent")
            assert other.asked() == ["to the other"]
    finally:
        other.kill()


def test_it_leaves_nothing_on_the_page(visit, people):
    before = "window.before = Object.keys(window);"
    widget = host(visit, PAGE, context=people(script=before))
    widget.start().say("hello")
    names = widget.page.evaluate("Object.keys(window)")
    assert set(names) - {"before", *widget.page.evaluate("window.before")} == set()
    assert widget.page.evaluate("document.body.children.length") == 1
    assert widget.page.evaluate("document.cookie") == ""
    assert widget.page.evaluate(f"document.querySelector('{ELEMENT}').textContent") == ""


def test_a_page_that_rewrites_its_body_does_not_lose_it(visit, site, people):
    widget = host(visit, PAGE, context=people())
    widget.start().say("hello")
    widget.page.evaluate("document.body.innerHTML = '<p>new page</p>'")
    site.says("after the change")
    expect(widget.message("after the change")).to_be_visible()
    widget.page.evaluate(f"""() => {{ const node = document.querySelector('{ELEMENT}');
        node.remove(); document.documentElement.append(node); }}""")
    site.says("after it was moved")
    expect(widget.message("after it was moved")).to_be_visible()
    assert widget.texts() == ["hello", "after the change", "after it was moved"]


def test_a_listed_site_may_embed_it(visit, site):
    html = f'<!doctype html><title>x</title><script src="{site.url}/widget.js" async></script>'
    with website(site.listed, html) as address:
        listed = visit(address)
        listed.start().say("from another origin")
        site.says("welcome")
        expect(listed.message("welcome")).to_be_visible()
        listed.menu("Continue on another device")
        expect(listed.page.locator(".code")).to_be_visible()


def test_a_site_that_is_not_listed_gets_no_conversation(people, site):
    before = site.conversations()
    html = f'<!doctype html><title>x</title><script src="{site.url}/widget.js" async></script>'
    with website(free_port(), html) as address:
        page = people().new_page()
        page.goto(address)
        widget = Widget(page).start()
        widget.say("can you hear me?", wait=False)
        expect(widget.messages.locator(".state")).to_have_text("Not sent")
        expect(page.get_by_role("link", name="Call 112").first).to_be_visible()
    assert site.conversations() == before


def test_options_of_the_script_tag(visit, people, shot):
    tag = (
        '<script src="/widget.js" data-lang="fr" data-color="#7a1f5c" data-position="left" '
        'data-title="Votre assistant" data-theme="dark" data-emergency="15" '
        'data-clinic="Clinique du Test" data-clinic-phone="01 23 45 67 89" '
        'data-privacy-url="/privacy" data-open="true" async></script>'
    )
    widget = host(
        visit,
        f"<!doctype html><html lang=en><title>x</title>{tag}",
        context=people(viewport={"width": 1280, "height": 800}),
    )
    expect(widget.panel).to_be_visible()
    assert widget.panel.bounding_box()["x"] < 100
    for words in ("Votre assistant", "Clinique du Test", "Je suis un assistant automatique"):
        expect(widget.panel).to_contain_text(words)
    assert widget.page.locator("a.call").first.get_attribute("href") == "tel:15"
    widget.page.get_by_text("Ce qui est conservé").click()
    expect(widget.page.get_by_role("link", name="Politique de confidentialité")).to_be_visible()
    expect(widget.page.locator(".header")).to_have_css("background-color", "rgb(122, 31, 92)")
    shot(widget, "options")


def test_a_button_of_the_page_opens_it_and_gets_the_focus_back(visit):
    widget = visit()
    own = widget.page.get_by_role("link", name="Ask the guide assistant")
    own.click()
    expect(widget.panel).to_be_visible()
    widget.page.keyboard.press("Escape")
    expect(own).to_be_focused()


def test_no_number_is_invented(chromium, tmp_path):
    bare = Site(tmp_path, CLINIC_PHONE="", EMERGENCY_NUMBER="", CLINIC_NAME="")
    try:
        page = chromium.new_page()
        page.goto(f"{bare.url}/demo")
        widget = Widget(page).start().say("hello")
        bare.says("careful", alert="emergency")
        widget.message("careful").wait_for()
        assert page.locator("a[href^='tel:']").count() == 0
        expect(widget.panel).to_contain_text("Call your local emergency number")
        expect(widget.panel).to_contain_text("from the guide of the clinic")
        page.close()
    finally:
        bare.kill()
