from datetime import timedelta

import pyotp
import pytest
from clinic import PASSWORD, Browser, Clinic, serving

from bot.clock import now
from bot.consultations import accounts, attempts, passwords, qr, totp
from bot.errors import Unavailable
from bot.store.tables import SignInFailure

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


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        (
            {"current": "wrong", "new": "seven quiet rivers", "again": "seven quiet rivers"},
            "current",
        ),
        ({"current": PASSWORD, "new": "seven quiet rivers", "again": "other"}, "differ"),
        ({"current": PASSWORD, "new": "short", "again": "short"}, "12 characters"),
        ({"current": PASSWORD, "new": PASSWORD, "again": PASSWORD}, "not used"),
    ],
)
def test_passwords_that_are_not_accepted(vera, form, problem):
    answer = vera.post("/console/password", **form)
    assert answer.status_code == 400
    assert problem in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
    ],
)
def test_a_form_from_another_site_is_refused(vera, clinic, headers):
    request_id = clinic.request()
    data = {"csrf": vera.csrf("/console/password"), "version": "1"}
    answer = vera.http.post(f"/console/requests/{request_id}/claim", data=data, headers=headers)
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


def test_guessing_from_one_address_is_slowed_down_whatever_names_are_tried(
    clinic, address, monkeypatch
):
    monkeypatch.setattr(attempts, "ALLOWED", 3)
    clinic.nurse("vera")
    browser = Browser(address)
    for name in ("vera", "nobody", "someone"):
        assert browser.sign_in(name, "not the password").status_code == 401
    refused = browser.sign_in("vera")
    assert refused.status_code == 429
    assert "Too many sign-ins" in refused.text
    with clinic.database.write() as session:
        session.query(SignInFailure).update({"at": now() - attempts.WITHIN})
    assert browser.sign_in("vera").status_code == 303


def test_many_who_sign_in_at_once_are_checked_a_few_at_a_time(monkeypatch):
    monkeypatch.setattr(passwords, "WAIT_S", 0.01)
    held = [passwords._at_once.acquire() for _ in range(3)]
    try:
        with pytest.raises(Unavailable):
            passwords.matches("x", None)
    finally:
        for _ in held:
            passwords._at_once.release()
    assert passwords.matches("x", None) is False


@pytest.fixture
def strict(tmp_path):
    """A clinic that asks everybody for a second factor."""
    made = Clinic(tmp_path, second_factor_required=True)
    made.nurse("vera")
    with serving(made.app()) as url:
        made.url = url
        yield made
    made.close()


def test_a_required_second_factor_comes_before_everything_else(strict):
    request_id = strict.request()
    browser = Browser(strict.url)
    browser.sign_in("vera")
    for path in ("/console", "/console/queue", f"/console/requests/{request_id}"):
        assert browser.get(path).headers["location"] == "/console/account"
    assert browser.get("/console/events/stream").status_code == 401
    assert (
        browser.act(request_id, "claim", csrf=browser.csrf("/console/account")).headers["location"]
        == "/console/account"
    )
    assert strict.case(request_id)[0].claimed_by is None
    browser.post("/console/account/totp/start")
    page = browser.get("/console/account").text
    secret = page.partition('class="secret">')[2].partition("<")[0].replace(" ", "")
    assert "<svg viewBox" in page
    app = pyotp.TOTP(secret)
    browser.post("/console/account/totp/confirm", code=app.at(now()))
    assert browser.get("/console/queue").status_code == 200
    later = app.at(now() + timedelta(seconds=30))
    refused = browser.post("/console/account/totp/remove", code=later)
    assert refused.status_code == 400
    assert "cannot be switched off" in refused.text


def test_the_picture_of_the_key_needs_no_style_and_no_script():
    picture = qr.picture(totp.address(totp.new_secret(), "vera", 'Clínica <del> "Río"'))
    assert "style" not in picture
    assert "script" not in picture
    assert "http" not in picture.replace("http://www.w3.org", "")


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe=1",
        b"x=" + b"1" * 300_000,
        b"&".join(b"a%d=1" % n for n in range(500)),
    ],
)
def test_a_form_that_is_no_form_is_refused(vera, body):
    answer = vera.http.post(
        "/console/sign-out",
        content=body,
        headers={"content-type": "application/x-www-form-urlencoded"},
    )
    assert answer.status_code in {400, 403, 413}
    assert vera.get("/console/queue").status_code == 200
