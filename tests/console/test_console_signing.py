import pytest
from clinic import PASSWORD, Browser, Clinic, serving

from bot.consultations import accounts

SAFE = {
    "content-security-policy": "default-src 'none'",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
}


def test_signing_in_and_out(clinic, address):
    clinic.nurse("vera")
    browser = Browser(address)
    assert browser.get("/console/queue").headers["location"].startswith("/console/sign-in?next=")
    answer = browser.sign_in("vera")
    assert (answer.status_code, answer.headers["location"]) == (303, "/console")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert browser.get("/console/queue").status_code == 200
    assert browser.post("/console/sign-out").status_code == 303
    assert browser.get("/console/queue").status_code == 303


@pytest.mark.parametrize("path", ["/console/sign-in", "/console/queue", "/console/requests/1"])
def test_every_page_carries_the_secure_headers(vera, clinic, path):
    clinic.request()
    answer = vera.get(path)
    for name, value in SAFE.items():
        assert value in answer.headers[name]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert " style=" not in answer.text
    assert " onclick" not in answer.text


def test_a_wrong_password_is_refused_politely(clinic, address):
    clinic.nurse("vera")
    browser = Browser(address)
    answer = browser.sign_in("vera", "nothing like it")
    assert answer.status_code == 401
    assert "nothing like it" not in answer.text
    assert "console=" not in answer.headers.get("set-cookie", "").replace("console-form=", "")


def test_a_one_time_password_leads_to_nothing_but_a_new_password(clinic, address):
    clinic.nurse("vera", own_password=False)
    browser = Browser(address)
    browser.sign_in("vera")
    request_id = clinic.request()
    for path in ("/console", "/console/queue", f"/console/requests/{request_id}"):
        assert browser.get(path).headers["location"] == "/console/password"
    assert browser.get("/console/events/stream").status_code == 401
    new = "seven quiet rivers run"
    answer = browser.post("/console/password", current=PASSWORD, new=new, again=new)
    assert answer.headers["location"] == "/console"
    assert browser.get("/console/queue").status_code == 200
    assert Browser(address).sign_in("vera", PASSWORD).status_code == 401
    assert Browser(address).sign_in("vera", new).status_code == 303


@pytest.mark.parametrize(("form", "problem"), [
    ({"current": "wrong", "new": "seven quiet rivers", "again": "seven quiet rivers"}, "current"),
    ({"current": PASSWORD, "new": "seven quiet rivers", "again": "other"}, "differ"),
    ({"current": PASSWORD, "new": "short", "again": "short"}, "12 characters"),
    ({"current": PASSWORD, "new": PASSWORD, "again": PASSWORD}, "not used"),
])
def test_passwords_that_are_not_accepted(vera, form, problem):
    answer = vera.post("/console/password", **form)
    assert answer.status_code == 400
    assert problem in answer.text


@pytest.mark.parametrize("headers", [
    {"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"},
])
def test_a_form_from_another_site_is_refused(vera, clinic, headers):
    request_id = clinic.request()
    data = {"csrf": vera.csrf("/console/password"), "version": "1"}
    answer = vera.http.post(
        f"/console/requests/{request_id}/claim", data=data, headers=headers
    )
    assert answer.status_code == 403
    assert clinic.case(request_id)[0].claimed_by is None


@pytest.mark.parametrize("csrf", ["", "wrong"])
def test_a_form_without_the_sessions_value_is_refused(vera, clinic, csrf):
    request_id = clinic.request()
    answer = vera.act(request_id, "claim", csrf=csrf)
    assert answer.status_code == 403
    assert clinic.case(request_id)[0].claimed_by is None


def test_another_nurses_form_value_is_refused(vera, clinic, address):
    clinic.nurse("mona")
    mona = Browser(address)
    mona.sign_in("mona")
    request_id = clinic.request()
    answer = vera.act(request_id, "claim", csrf=mona.csrf("/console/password"))
    assert answer.status_code == 403


def test_disabling_an_account_ends_its_sessions_at_once(vera, clinic):
    assert vera.get("/console/queue").status_code == 200
    with clinic.database.write() as session:
        accounts.disable(session, "vera")
    assert vera.get("/console/queue").status_code == 303


def test_signing_in_never_leads_away_from_the_console(clinic, address):
    clinic.nurse("vera")
    for target in ("https://evil.example", "//evil.example", "/console/../api", "javascript:1"):
        answer = Browser(address).sign_in("vera", next=target)
        assert answer.headers["location"] == "/console"
    answer = Browser(address).sign_in("vera", next="/console/requests/3")
    assert answer.headers["location"] == "/console/requests/3"


def test_over_https_the_cookie_is_bound_to_the_host(tmp_path):
    clinic = Clinic(tmp_path, public_url="https://clinic.example")
    clinic.nurse("vera")
    with serving(clinic.app()) as url:
        browser = Browser(url)
        first = browser.get("/console/sign-in")
        assert "__Host-console-form=" in first.headers["set-cookie"]
        assert "Secure" in first.headers["set-cookie"]
        assert first.headers["strict-transport-security"]
    clinic.close()


@pytest.mark.parametrize("body", [
    b"\xff\xfe=1", b"x=" + b"1" * 300_000, b"&".join(b"a%d=1" % n for n in range(500)),
])
def test_a_form_that_is_no_form_is_refused(vera, body):
    answer = vera.http.post(
        "/console/sign-out", content=body,
        headers={"content-type": "application/x-www-form-urlencoded"},
    )
    assert answer.status_code in {400, 403, 413}
    assert vera.get("/console/queue").status_code == 200
