"""Every address of the console, as everybody who might try it."""

import pytest
from clinic import Browser

from bot.console import cases, routes
from bot.consultations import lifecycle
from bot.consultations.accounts import ROLES
from bot.errors import Unavailable
from bot.store.tables import AuditEntry

FORMS = {
    "reply": {"text": "Hello", "send_id": "a1"},
    "note": {"text": "a note"},
    "close": {"alarm": "true_alarm", "contact": "called", "note": ""},
}


def path_of(page, request_id=1):
    return page.path.replace("{request_id:int}", str(request_id))


def test_every_route_of_the_console_is_in_the_table():
    listed = {(page.method, page.path) for page in routes.PAGES}
    served = {
        (method, route.path) for route in routes.routes() for method in route.methods - {"HEAD"}
    }
    assert served - listed == {
        ("GET", "/console/events/stream"),
        ("GET", "/console/static/{name}"),
    }
    assert listed <= served


@pytest.mark.parametrize("page", routes.PAGES, ids=lambda page: f"{page.method} {page.path}")
def test_every_page_declares_its_roles_and_its_audit_event(page):
    assert page.roles is None or page.roles <= set(ROLES)
    assert bool(page.audit) != bool(page.unaudited)
    if page.roles is None:
        assert page.path == "/console/sign-in"
    if page.method == "POST" and not page.part:
        assert page.audit


def test_an_anonymous_visitor_gets_nothing(clinic, address):
    request_id = clinic.request()
    browser = Browser(address)
    for page in routes.PAGES:
        if page.roles is None:
            continue
        path = path_of(page, request_id)
        answer = (
            browser.get(path)
            if page.method == "GET"
            else browser.http.post(path, data={"csrf": browser.csrf()})
        )
        assert answer.status_code in {303, 401}, path
        assert "fever" not in answer.text
        if answer.status_code == 303:
            assert answer.headers["location"].startswith("/console/sign-in")
    assert clinic.case(request_id)[0].status == "new"
    assert browser.get("/console/events/stream").status_code == 401


@pytest.mark.parametrize("role", ROLES)
def test_every_role_gets_exactly_its_pages(clinic, address, role):
    clinic.nurse("vera", role)
    request_id = clinic.request()
    browser = Browser(address)
    browser.sign_in("vera")
    csrf = browser.csrf("/console/password")
    for page in routes.PAGES:
        if page.roles is None or page.path == "/console/sign-out":
            continue
        path = path_of(page, request_id)
        answer = (
            browser.get(path)
            if page.method == "GET"
            else browser.http.post(path, data={"csrf": csrf})
        )
        assert answer.status_code < 500, path
        if role in page.roles:
            assert answer.status_code != 401, path
            allowed = {403} if page.part else set()  # a live part needs the pass of its page
            assert answer.status_code not in {403} - allowed, path
        else:
            assert answer.status_code == 403, path
            assert "fever" not in answer.text


def test_every_page_writes_the_audit_row_it_declares(clinic, vera):
    mona = clinic.nurse("mona", "lead")
    for page in routes.PAGES:
        if page.audit is None or not page.path.startswith(("/console/requests", "/console/queue")):
            continue
        answer = perform(clinic, vera, mona, page)
        assert answer.status_code in {200, 303}, page.path
        with clinic.database.read() as session:
            rows = session.query(AuditEntry).order_by(AuditEntry.id.desc()).limit(3)
            row = next(row for row in rows if row.action == page.audit)
        assert row.actor == "vera"
        assert row.ip == "127.0.0.1"


def test_no_action_works_for_the_wrong_nurse(clinic, vera, address):
    """Every action on a request somebody else owns: refused, or meant for everybody."""
    for_everybody = {"note", "send-again", "take-over", "assign", "acknowledge", "link"}
    clinic.nurse("mona")
    owner = Browser(address)
    owner.sign_in("mona")
    for page in routes.PAGES:
        action = page.path.rsplit("/", 1)[-1]
        if page.method != "POST" or not page.path.startswith("/console/requests/"):
            continue
        if action in for_everybody:
            continue
        request_id = clinic.request()
        owner.act(request_id, "claim")
        before = clinic.case(request_id)[0].version
        answer = vera.act(request_id, action, **{"seen": "99", **FORMS.get(action, {})})
        assert answer.status_code == 409, action
        assert clinic.case(request_id)[0].version == before, action


def perform(clinic, browser, mona, page):
    """Bring a request into the state the page needs, then use the page."""
    action = page.path.rsplit("/", 1)[-1]
    if page.method == "GET":
        return browser.get(path_of(page, clinic.request()))
    request_id, more = clinic.request(channel="telegram"), dict(FORMS.get(action, {}))
    if action == "take-over":
        with clinic.database.write() as session:
            lifecycle.claim(session, clinic.actor(mona), request_id, clinic.texts)
    elif action not in {"acknowledge", "claim"}:
        browser.act(request_id, "claim")
    if action == "hold":
        browser.act(request_id, "hand-back")
    if action == "assign":
        more["nurse"] = str(mona.id)
    if action == "send-again":
        more["message"] = str(failed_message(clinic))
    return browser.act(request_id, action, **more)


def failed_message(clinic):
    from bot.store.tables import Delivery  # noqa: PLC0415  used here alone

    with clinic.database.write() as session:
        delivery = session.query(Delivery).order_by(Delivery.id.desc()).first()
        delivery.state = "failed"
        return delivery.message_id


def test_a_live_part_needs_the_pass_of_an_opened_page(vera, clinic, address):
    request_id = clinic.request()
    page = vera.get(f"/console/requests/{request_id}").text
    proof = page.partition("live?pass=")[2].partition('"')[0]
    path = f"/console/requests/{request_id}/live?pass="
    assert vera.get(path + proof).status_code == 200
    assert vera.get(path + "0" * 64).status_code == 403
    other = clinic.request()
    assert vera.get(f"/console/requests/{other}/live?pass={proof}").status_code == 403
    clinic.nurse("mona")
    mona = Browser(address)
    mona.sign_in("mona")
    assert mona.get(path + proof).status_code == 403


def test_a_refusal_is_in_the_audit_log(clinic, address):
    clinic.nurse("olga", "auditor")
    browser = Browser(address)
    browser.sign_in("olga")
    browser.get("/console/queue")
    with clinic.database.read() as session:
        row = session.query(AuditEntry).order_by(AuditEntry.id.desc()).first()
    assert (row.actor, row.action, row.object) == ("olga", "access.denied", "/console/queue")


@pytest.mark.parametrize(
    "path",
    [
        "/console/requests/999",
        "/console/requests/-1",
        "/console/requests/x",
        "/console/nothing",
        "/console/static/../routes.py",
        "/console/static/none.css",
    ],
)
def test_what_does_not_exist_is_not_found(vera, path):
    assert vera.get(path).status_code == 404


def test_a_record_that_goes_away_while_a_refusal_is_explained_gets_a_page_too(
    clinic, vera, monkeypatch
):
    request_id = clinic.request()

    def gone(*_):
        raise Unavailable("the database does not answer", code="storage_unavailable")

    monkeypatch.setattr(cases.queries, "case", gone)
    answer = vera.post(f"/console/requests/{request_id}/note", text="")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert "fever" not in answer.text
