"""The widget when things break: no word lost, none sent twice, none shown twice."""

import re
import time

import pytest
from playwright.sync_api import expect

pytest_plugins = ["widget_fixtures"]
pytestmark = pytest.mark.browser

SHOWN_AGAIN = "dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))"
FREEZE = "document.dispatchEvent(new Event('visibilitychange'))"
BLOCKED = """
const get = () => { throw new DOMException('denied', 'SecurityError'); };
for (const name of ['sessionStorage', 'localStorage']) Object.defineProperty(window, name, { get });
"""


def test_what_is_typed_offline_is_kept_and_sent_once_in_order(visit, site, people, shot):
    context = people(viewport={"width": 1280, "height": 800})
    widget = visit(context=context).start().say("online")
    context.set_offline(True)
    for text in ("first", "second", "third"):
        widget.say(text, wait=False)
    expect(widget.message("third").locator(".state")).to_have_text("Not sent")
    expect(widget.message("first")).to_contain_text("Not sent yet")
    expect(widget.message("first")).to_contain_text("call Spine Clinic: +00 123 456 789")
    expect(widget.page.locator(".offline")).to_contain_text("No connection")
    expect(widget.page.get_by_role("link", name="Call 112").first).to_be_visible()
    shot(widget, "offline")
    assert site.asked() == ["online"]
    context.set_offline(False)
    for text in ("first", "second", "third"):
        expect(widget.message(text).locator(".state")).to_have_text("Sent")
    expect(widget.page.locator(".offline")).to_be_hidden()
    assert site.asked() == ["online", "first", "second", "third"]
    assert widget.texts() == ["online", "first", "second", "third"]
    assert "first" not in widget.storage()


def test_what_was_not_sent_survives_a_reload(visit, site, people):
    context = people()
    widget = visit(context=context).start().say("online")
    widget.page.route("**/api/v1/messages", lambda route: route.abort())
    widget.say("thank you for the leaflet", wait=False)
    expect(widget.message("for the leaflet").locator(".state")).to_have_text("Not sent")
    widget.page.reload()
    widget.page.unroute("**/api/v1/messages")
    widget.open()
    expect(widget.message("for the leaflet").locator(".state")).to_have_text("Sent")
    assert site.asked() == ["online", "thank you for the leaflet"]
    assert widget.texts() == ["online", "thank you for the leaflet"]


def test_an_answer_that_was_lost_does_not_send_the_message_twice(visit, site):
    widget = visit().start().say("before")
    lost = []

    def store_but_lose_the_answer(route):
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort()

    widget.page.route("**/api/v1/messages", store_but_lose_the_answer)
    widget.say("only once", wait=False)
    expect(widget.message("only once").locator(".state")).to_have_text("Sent")
    assert lost == [202]
    time.sleep(1.5)  # longer than the first retry
    assert site.asked() == ["before", "only once"]
    assert widget.texts() == ["before", "only once"]


def test_a_message_is_tried_again_by_hand(visit, site):
    widget = visit().start().say("before")
    widget.page.route("**/api/v1/messages", lambda route: route.fulfill(status=503, body="{}"))
    widget.say("again please", wait=False)
    again = widget.page.get_by_role("button", name="Try again")
    again.wait_for()
    widget.page.unroute("**/api/v1/messages")
    again.click()
    expect(widget.message("again please").locator(".state")).to_have_text("Sent")
    assert site.asked() == ["before", "again please"]


def test_a_refused_message_comes_back_into_the_text_box(visit):
    widget = visit().start().say("before")
    widget.page.route("**/api/v1/messages", lambda route: route.fulfill(status=413, body="{}"))
    widget.say("refused", wait=False)
    widget.page.get_by_role("button", name="Edit").click()
    expect(widget.input).to_have_value("refused")
    expect(widget.messages).to_have_count(1)


def test_the_server_restarts_while_an_answer_is_on_its_way(visit, site):
    widget = visit().start().say("what are the risks?")
    expect(widget.typing).to_be_visible()
    site.kill()
    expect(widget.page.locator(".offline")).to_be_visible()
    widget.say("are you there?", wait=False)
    expect(widget.message("are you there?").locator(".state")).to_have_text("Not sent")
    site.says("the answer", done=True)  # by the worker, which did not stop
    site.start()
    expect(widget.message("the answer")).to_be_visible(timeout=40_000)
    expect(widget.message("are you there?").locator(".state")).to_have_text("Sent", timeout=40_000)
    assert widget.texts() == ["what are the risks?", "the answer", "are you there?"]
    assert site.asked() == ["what are the risks?", "are you there?"]


def test_two_tabs_show_the_same_conversation(visit, site, people):
    context = people()
    first = visit(context=context).start().say("from the first tab")
    second = visit(context=context).open()
    expect(second.message("from the first tab")).to_be_visible()
    second.say("from the second tab")
    site.says("answer to both")
    for tab in (first, second):
        expect(tab.message("answer to both")).to_be_visible()
        assert tab.texts() == ["from the first tab", "from the second tab", "answer to both"]


def test_a_conversation_ended_in_one_tab_is_over_in_the_other(visit, people):
    context = people()
    first = visit(context=context).start().say("hello")
    second = visit(context=context).open()
    second.message("hello").wait_for()
    first.menu("End and delete")
    first.page.locator(".sheet").get_by_role("button", name="End and delete").click()
    expect(second.panel).to_contain_text("closed on this device", timeout=25_000)


def test_a_reload_shows_the_history_and_does_not_announce_it(visit, site):
    script = """window.busy = [];
    const attach = Element.prototype.attachShadow;
    Element.prototype.attachShadow = function (how) {
      const root = attach.call(this, how);
      new MutationObserver((records) => records.forEach((record) => {
        const log = record.target.closest && record.target.closest('[role=log]');
        const quiet = () => log.getAttribute('aria-busy') === 'true'
          && !log.querySelector('[role=alert]');
        if (log && record.target === log && record.addedNodes.length) window.busy.push(quiet());
      })).observe(root, {childList: true, subtree: true});
      return root;
    };"""
    widget = visit(script=script).start().say("hello")
    site.says("answer", alert="emergency")
    widget.message("answer").wait_for()
    widget.page.reload()
    widget.open()
    widget.message("answer").wait_for()
    assert widget.texts() == ["hello", "answer"]
    assert widget.page.evaluate("window.busy.length") > 0
    assert widget.page.evaluate("window.busy.every(Boolean)")
    expect(widget.log).not_to_have_attribute("aria-busy", "true")


def test_half_an_hour_asleep(visit, site, people):
    context = people(clock=True)
    widget = visit(context=context).start().say("before the sleep")
    context.set_offline(True)
    site.says("while asleep, one")
    site.nurse("while asleep, two")
    widget.page.clock.fast_forward("30:00")
    context.set_offline(False)
    widget.page.evaluate(SHOWN_AGAIN)
    widget.page.clock.run_for(2000)
    expect(widget.message("while asleep, two")).to_be_visible()
    assert widget.texts() == ["before the sleep", "while asleep, one", "while asleep, two"]
    site.says("awake")
    expect(widget.message("awake")).to_be_visible()


def test_a_line_that_went_silent_is_replaced_when_the_page_is_looked_at(visit, site, people):
    context = people(clock=True)
    streams = []
    widget = visit(context=context)
    widget.page.on(
        "request", lambda request: "stream" in request.url and streams.append(request.url)
    )
    widget.start().say("hello")
    widget.page.clock.fast_forward(60_000)
    before = len(streams)
    widget.page.evaluate(FREEZE)
    site.says("news")
    expect(widget.message("news")).to_be_visible()
    assert len(streams) > before


def test_without_streams_it_asks_again_and_again(visit, site):
    widget = visit()
    widget.page.route("**/events/stream", lambda route: route.abort())
    widget.start().say("hello")
    site.says("by polling")
    expect(widget.message("by polling")).to_be_visible(timeout=12_000)


def test_a_proxy_that_holds_the_stream_back_is_noticed(visit, site):
    widget = visit()
    widget.page.route("**/events/stream", lambda _route: None)  # never answered
    widget.start().say("hello")
    site.says("all the same")
    expect(widget.message("all the same")).to_be_visible(timeout=20_000)


def test_blocked_storage_costs_only_the_history_after_a_reload(visit, site):
    widget = visit(script=BLOCKED).start().say("nothing to write on")
    site.says("works")
    expect(widget.message("works")).to_be_visible()
    assert site.asked() == ["nothing to write on"]


def test_the_emergency_line_is_there_with_the_server_down(visit):
    widget = visit()
    widget.page.route("**/api/**", lambda route: route.abort())
    widget.open()
    expect(widget.page.get_by_role("link", name="Call 112")).to_be_visible()
    expect(widget.page.get_by_role("link", name="+00 123 456 789")).to_be_visible()
    widget.agree_button.click()
    widget.say("is anybody there?", wait=False)
    expect(widget.message("anybody").locator(".state")).to_have_text("Not sent")
    expect(widget.message("anybody")).to_contain_text("call Spine Clinic")


def test_a_token_that_no_longer_works_starts_afresh_and_loses_no_word(visit, site):
    widget = visit().start().say("hello")
    widget.page.evaluate(
        """() => { const key = Object.keys(sessionStorage).find((name) => name.endsWith('token'));
        sessionStorage.setItem(key, 'void'); }"""
    )
    widget.page.reload()
    widget.open()
    expect(widget.panel).to_contain_text("closed on this device")
    widget.agree_button.click()
    widget.say("a new beginning")
    assert site.asked() == ["a new beginning"]


@pytest.mark.parametrize("status", [401, 403, 404, 429, 502])
def test_what_a_proxy_says_does_not_end_the_conversation(visit, site, status):
    widget = visit().start().say("before")
    widget.page.route("**/api/**", lambda route: route.fulfill(status=status, body="<h1>no</h1>"))
    widget.page.evaluate("dispatchEvent(new Event('online'))")
    widget.say("kept all the same", wait=False)
    expect(widget.message("kept all the same").locator(".state")).to_have_text("Not sent")
    widget.page.unroute("**/api/**")
    expect(widget.message("kept all the same").locator(".state")).to_have_text("Sent")
    assert site.asked() == ["before", "kept all the same"]


def test_a_page_that_was_left_only_for_a_moment_goes_on(visit, site):
    widget = visit().start().say("hello")
    widget.page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")
    site.says("meanwhile")
    widget.page.evaluate("dispatchEvent(new Event('focus'))")
    expect(widget.message("meanwhile")).to_be_visible()


def test_five_hundred_messages_of_history(visit, site):
    widget = visit().start().say("the beginning")
    site.many(500)
    widget.page.reload()
    started = time.monotonic()
    widget.open()
    expect(widget.messages).to_have_count(501, timeout=15_000)
    assert time.monotonic() - started < 10
    texts = widget.texts()
    assert texts[0] == "the beginning"
    assert texts[1:] == [f"message {number}" for number in range(500)]
    expect(widget.messages.last).to_be_in_viewport()
    widget.say("and one more")
    expect(widget.messages).to_have_count(502)


def test_nothing_but_the_key_stays_in_the_browser(visit, site):
    widget = visit().start().say("my private words")
    site.says("a private answer")
    widget.message("a private answer").wait_for()
    stored = widget.storage()
    assert "private" not in stored
    kept = set(re.findall(r"(token|consent|queue|draft)\"", stored))
    assert kept == {"token", "consent"}


def test_back_from_the_page_cache_it_goes_on(visit, site):
    widget = visit().start().say("hello")
    widget.page.goto(site.url + "/demo.css")
    site.says("while away")
    widget.page.go_back(wait_until="commit")
    if widget.launcher.is_visible():
        widget.open()
    expect(widget.message("while away")).to_be_visible()
    assert widget.texts() == ["hello", "while away"]
