"""The pages around the queue: one's own account, people, the audit log, numbers, canned replies."""

import csv
import io
import time
from datetime import timedelta

import pyotp
import pytest
import yaml
from clinic import Browser, hidden

from bot.console import canned, pictures
from bot.consultations import figures, lifecycle, logins
from bot.settings import LOCALES, ROOT, Settings
from bot.store.tables import AlertDelivery, AuditEntry, Gap, Nurse


@pytest.fixture
def olga(clinic, address):
    """Signed in as an administrator."""
    clinic.nurse("olga", "administrator")
    browser = Browser(address)
    browser.sign_in("olga")
    return browser


def nurse_row(clinic, name="vera"):
    with clinic.database.read() as session:
        return session.query(Nurse).filter_by(name=name).one()


def test_preferences_are_kept(vera, clinic):
    vera.post("/console/account", locale="fr", idle_minutes="60")
    assert nurse_row(clinic).preferences == {
        "locale": "fr",
        "idle_minutes": 60,
        "shortcuts": False,
    }
    page = vera.get("/console/queue").text
    assert 'lang="fr"' in page
    assert 'data-shortcuts="off"' in page


@pytest.mark.parametrize(
    "form",
    [
        {"locale": "xx", "idle_minutes": "30"},
        {"locale": "en", "idle_minutes": "99999"},
        {"locale": "en", "idle_minutes": "x"},
    ],
)
def test_choices_that_do_not_exist_are_refused(vera, form):
    assert vera.post("/console/account", **form).status_code == 400


def test_a_nurse_ends_her_session_on_another_computer(vera, clinic, address):
    other = Browser(address)
    other.sign_in("vera")
    page = vera.get("/console/account").text
    with clinic.database.read() as session:
        rows = logins.of(session, nurse_row(clinic))
    key = rows[0].token_hash[:16]
    assert key in page
    assert rows[0].token_hash not in page
    vera.post("/console/account/end-session", session=key)
    assert other.get("/console/queue").status_code == 303
    assert vera.get("/console/queue").status_code == 200


def test_the_second_factor_from_set_up_to_removal(vera, clinic, address):
    vera.post("/console/account/totp/start")
    secret = nurse_row(clinic).preferences["totp_pending"]
    assert vera.post("/console/account/totp/confirm", code="000000").status_code == 400
    assert nurse_row(clinic).totp_secret is None
    app = pyotp.TOTP(secret)
    now = time.time()
    vera.post("/console/account/totp/confirm", code=app.at(now - 30))
    assert nurse_row(clinic).totp_secret == secret
    assert secret not in vera.get("/console/account").text
    other = Browser(address)
    page = other.sign_in("vera")
    assert (page.status_code, 'name="code"' in page.text) == (401, True)
    assert other.sign_in("vera", code=app.at(now)).status_code == 303
    assert vera.post("/console/account/totp/remove", code="000000").status_code == 400
    vera.post("/console/account/totp/remove", code=app.at(now + 30))
    assert nurse_row(clinic).totp_secret is None


def test_an_administrator_adds_an_account_whose_password_is_shown_once(olga, address):
    page = olga.post(
        "/console/people/add",
        page="/console/people",
        name="ines",
        display_name="Ines",
        role="nurse",
    )
    password = page.text.partition('class="secret">')[2].partition("<")[0]
    ines = Browser(address)
    assert ines.sign_in("ines", password).headers["location"] == "/console"
    assert ines.get("/console/queue").headers["location"] == "/console/password"
    assert password not in olga.get("/console/people").text


def test_an_administrator_disables_enables_resets_and_gives_roles(olga, vera, clinic, address):
    olga.post("/console/people/disable", page="/console/people", name="vera")
    assert vera.get("/console/queue").status_code == 303
    assert vera.sign_in("vera").status_code == 401
    olga.post("/console/people/enable", page="/console/people", name="vera")
    assert vera.sign_in("vera").status_code == 303
    olga.post("/console/people/role", page="/console/people", name="vera", role="lead")
    assert nurse_row(clinic).role == "lead"
    olga.post("/console/people/reset", page="/console/people", name="vera")
    assert Browser(address).sign_in("vera").status_code == 401


def test_nobody_changes_the_own_account_there(olga, clinic):
    for action in ("disable", "reset", "role"):
        answer = olga.post(
            f"/console/people/{action}", page="/console/people", name="olga", role="nurse"
        )
        assert answer.status_code == 403
    assert nurse_row(clinic, "olga").role == "administrator"


def test_the_audit_log_is_shown_and_checked(olga, vera, clinic):
    request_id = clinic.request()
    vera.get(f"/console/requests/{request_id}")
    page = olga.get(f"/console/audit?search=request:{request_id}&verify=1").text
    assert "the chain is sound" in page
    assert "request.view" in page
    with clinic.database.write() as session:
        session.query(AuditEntry).filter_by(action="request.view").update({"actor": "nobody"})
    assert "The chain breaks at row" in olga.get("/console/audit?verify=1").text


def test_numbers_count_what_happened(clinic, address):
    lead = clinic.actor(clinic.nurse("mona", "lead"))
    ids = [clinic.request(level="emergency") for _ in range(3)]
    with clinic.database.write() as session:
        for request_id, alarm in zip(ids, ["true_alarm", "false_alarm"], strict=False):
            lifecycle.claim(session, lead, request_id, clinic.texts)
            version = session.get(lifecycle.ConsultationRequest, request_id).version
            lifecycle.close(
                session,
                lead,
                request_id,
                clinic.texts,
                outcome=f"{alarm}.called",
                version=version,
            )
        session.add(
            Gap(at=lifecycle.now(), locale="en", text="<b>Can I fly?</b>", kind="not_in_guide")
        )
    mona = Browser(address)
    mona.sign_in("mona")
    page = mona.get("/console/numbers?days=7").text
    assert "<strong>50 %</strong> (1 / 2)" in page
    assert "&lt;b&gt;Can I fly?&lt;/b&gt;" in page
    answer = mona.get("/console/numbers.csv?days=7")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["priority"] for row in rows] == ["emergency", "urgent", "routine"]
    assert (rows[0]["opened"], rows[0]["open_now"], rows[0]["true_alarm"]) == ("3", "1", "1")


def test_pictures_show_what_the_table_says(clinic, address):
    lead = clinic.actor(clinic.nurse("mona", "lead"))
    ids = [clinic.request(level="emergency") for _ in range(3)]
    with clinic.database.write() as session:
        lifecycle.acknowledge(session, lead, ids[0])
        lifecycle.acknowledge(session, lead, ids[1])
        session.get(lifecycle.ConsultationRequest, ids[1]).created_at -= timedelta(minutes=9)
    mona = Browser(address)
    mona.sign_in("mona")
    page = mona.get("/console/numbers?days=7").text
    assert "Requests opened, by day" in page
    assert page.count('<rect class="fill-emergency"') == 1
    assert "<title>Emergency: 3</title>" in page
    assert "within 5 min: 1 · within 15 min: 1 · not acknowledged: 1" in page
    assert "Requests opened, by hour" in mona.get("/console/numbers?days=1").text
    assert "Requests opened, by week" in mona.get("/console/numbers?days=90").text


@pytest.mark.parametrize("days", [1, 7, 30, 90])
def test_every_request_stands_in_one_column(clinic, days):
    clinic.request()
    until = lifecycle.now() + timedelta(seconds=1)
    since = until - timedelta(days=days)
    with clinic.database.write() as session:
        request = session.query(lifecycle.ConsultationRequest).one()
        request.created_at = since
        counts = figures.over_time(session, since, until, pictures.stretch(days))
        assert sum(sum(numbers.values()) for _, numbers in counts) == 1
        request.created_at = until - timedelta(microseconds=1)
        counts = figures.over_time(session, since, until, pictures.stretch(days))
    assert counts[-1][1] == {"emergency": 0, "urgent": 1, "routine": 0}
    chart = pictures.opened(counts)
    assert [box.height for column in chart.columns for box in column.boxes] == [pictures.HEIGHT]


def test_alerts_that_reach_nobody_are_told_to_the_lead(clinic, address):
    request_id = clinic.request()
    with clinic.database.write() as session:
        for attempts, chat in ((2, "-1001"), (3, "-1002")):
            session.add(
                AlertDelivery(
                    request_id=request_id,
                    channel="telegram",
                    audience="nurses",
                    step=0,
                    address=chat,
                    state="queued",
                    attempts=attempts,
                    error="answered 403",
                    next_at=lifecycle.now(),
                )
            )
    clinic.nurse("mona", "lead")
    mona = Browser(address)
    mona.sign_in("mona")
    page = mona.get("/console/numbers").text
    assert "Telegram chat -1002: answered 403" in page
    assert "-1001" not in page


def test_numbers_of_an_empty_clinic(olga):
    page = olga.get("/console/numbers")
    assert page.status_code == 200
    assert "Questions the guide" not in page.text  # an administrator reads no patient's words


def test_canned_replies_are_in_the_patients_language(vera, clinic):
    request_id = clinic.request(locale="es")
    vera.act(request_id, "claim")
    page = vera.get(f"/console/requests/{request_id}").text
    assert "I am calling you" in page
    assert 'data-insert="Hola, soy del equipo' in page
    assert hidden(page, "send_id")


def test_drafts_are_offered_only_where_drafts_are_served():
    for locale in LOCALES:
        assert canned.replies(Settings(serve_drafts=True), locale, "en")
        offered = canned.replies(Settings(serve_drafts=False), locale, "en")
        assert not [reply for reply in offered if reply.draft]


def test_canned_replies_promise_nothing():
    content = yaml.safe_load((ROOT / "data" / "console" / "replies.yml").read_text("utf-8"))
    for entry in content["replies"]:
        for locale in LOCALES:
            text = entry["text"][locale]
            assert not any(character.isdigit() for character in text)
            assert len(text) < 300
