"""Fixtures of the widget's browser tests; a test module names this one in `pytest_plugins`."""

import pytest
from playwright.sync_api import sync_playwright
from widget_site import ARGUMENTS, CHROMIUM, SHOTS, Site, Widget


@pytest.fixture(scope="session")
def chromium():
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=ARGUMENTS,
            ignore_default_args=["--disable-back-forward-cache"],
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("site"))
    yield site
    site.kill()


@pytest.fixture
def people(chromium):
    """A function that gives a new person's browser, with what went wrong in it."""
    contexts = []

    def person(*, clock=False, script=None, **how):
        context = chromium.new_context(**{"locale": "en-GB", **how})
        context.set_default_timeout(8000)
        if clock:
            context.clock.install()
        if script:
            context.add_init_script(script)
        contexts.append(context)
        return context

    yield person
    for context in contexts:
        context.close()


class Faults(list):
    """Errors, policy violations and requests to other places on the pages of a test."""

    def watch(self, page, site):
        page.on("pageerror", lambda error: self.append(str(error)))
        page.on("console", self._console)
        page.on(
            "request",
            lambda request: (
                request.url.startswith((site.url, "blob:", page.url.rpartition("/")[0]))
                or self.append(request.url)
            ),
        )

    def _console(self, message):
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.append(message.text)


@pytest.fixture
def faults():
    found = Faults()
    yield found
    assert found == []


@pytest.fixture
def visit(people, site, faults):
    """Opens the demonstration page (or another address) and gives the widget on it."""

    def go(address="/demo", context=None, html=None, **how):
        page = (context or people(**how)).new_page()
        faults.watch(page, site)
        url = address if address.startswith("http") else site.url + address
        if html is not None:
            page.route(url, lambda route: route.fulfill(body=html, content_type="text/html"))
        page.goto(url)
        widget = Widget(page)
        widget.launcher.wait_for(state="attached")
        return widget

    return go


@pytest.fixture
def shot():
    SHOTS.mkdir(parents=True, exist_ok=True)
    return lambda widget, name: widget.page.screenshot(
        path=SHOTS / f"{name}.png", animations="disabled"
    )
