from datetime import timedelta

import pyotp
import pytest

from bot.clock import now
from bot.consultations import accounts, logins, passwords, totp
from bot.errors import Conflict, InvalidInput, NotFound, NotSignedIn
from bot.store.tables import Nurse, NurseSession

GOOD = "four slow turtles swim"
HERE = accounts.Visitor("192.0.2.1", "a browser")


@pytest.fixture
def add(clinic):
    def account(name="ines", **how):
        with clinic.database.write() as session:
            return accounts.add(session, name, **how)

    return account


def sign_in(clinic, name="ines", password=GOOD, **more):
    return accounts.sign_in(clinic.database, name, password, HERE, **more)


def login(clinic, token):
    with clinic.database.read() as session:
        return logins.find(session, token)


def change(clinic, **values):
    with clinic.database.write() as session:
        nurse = accounts.find(session, "ines")
        for name, value in values.items():
            setattr(nurse, name, value)


def test_a_one_time_password_works_and_must_be_changed(clinic, add):
    password = add()
    found = login(clinic, sign_in(clinic, password=password))
    assert found.nurse.name == "ines"
    assert found.nurse.must_change_password


def test_the_password_is_stored_as_argon2id_and_the_token_as_a_hash(clinic, add):
    add(password=GOOD)
    token = sign_in(clinic)
    with clinic.database.read() as session:
        assert session.query(Nurse).one().password_hash.startswith("$argon2id$")
        assert session.query(NurseSession).one().token_hash != token


@pytest.mark.parametrize("name", ["", "x", "with space", "<script>", "a" * 80])
def test_names_that_are_refused(add, name):
    with pytest.raises(InvalidInput):
        add(name)


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaaaa", "ines-ines-2026!", "x" * 300])
def test_passwords_that_are_refused(add, password):
    with pytest.raises(InvalidInput):
        add(password=password)


def test_a_name_exists_once(add):
    add()
    with pytest.raises(Conflict):
        add("INES")


def test_an_unknown_role_is_refused(add):
    with pytest.raises(InvalidInput):
        add(role="king")


@pytest.mark.parametrize(("name", "password"), [("ines", "wrong password"), ("nobody", GOOD)])
def test_a_wrong_name_or_password_says_nothing_more(clinic, add, name, password):
    add(password=GOOD)
    with pytest.raises(NotSignedIn, match="is wrong"):
        sign_in(clinic, name, password)


def test_five_wrong_passwords_lock_the_account_for_a_while(clinic, add):
    add(password=GOOD)
    for _ in range(accounts.FAILURES_ALLOWED):
        with pytest.raises(NotSignedIn):
            sign_in(clinic, password="wrong password")
    with pytest.raises(NotSignedIn):
        sign_in(clinic)
    change(clinic, locked_until=now() - timedelta(seconds=1))
    assert login(clinic, sign_in(clinic))


def test_a_right_password_starts_the_count_again(clinic, add):
    add(password=GOOD)
    for _ in range(3):
        for _ in range(accounts.FAILURES_ALLOWED - 1):
            with pytest.raises(NotSignedIn):
                sign_in(clinic, password="wrong password")
        sign_in(clinic)


def test_disabling_ends_all_sessions_at_once(clinic, add):
    add(password=GOOD)
    tokens = [sign_in(clinic), sign_in(clinic)]
    with clinic.database.write() as session:
        accounts.disable(session, "ines")
    assert [login(clinic, token) for token in tokens] == [None, None]
    with pytest.raises(NotSignedIn):
        sign_in(clinic)
    with clinic.database.write() as session:
        accounts.enable(session, "ines")
    assert login(clinic, sign_in(clinic))


def test_a_reset_ends_sessions_and_gives_a_one_time_password(clinic, add):
    add(password=GOOD)
    token = sign_in(clinic)
    with clinic.database.write() as session:
        password = accounts.reset_password(session, "ines")
    assert login(clinic, token) is None
    assert login(clinic, sign_in(clinic, password=password)).nurse.must_change_password


def test_an_account_that_does_not_exist_is_not_found(clinic):
    with pytest.raises(NotFound), clinic.database.write() as session:
        accounts.disable(session, "nobody")


@pytest.mark.parametrize(
    "values",
    [
        {"seen_at": now() - timedelta(minutes=31)},
        {"created_at": now() - timedelta(hours=13)},
    ],
)
def test_a_session_ends_by_itself(clinic, add, values):
    add(password=GOOD)
    token = sign_in(clinic)
    with clinic.database.write() as session:
        row = session.query(NurseSession).one()
        for name, value in values.items():
            setattr(row, name, value)
    assert login(clinic, token) is None


def test_a_nurse_chooses_how_long_she_may_be_idle(clinic, add):
    add(password=GOOD)
    token = sign_in(clinic)
    with clinic.database.write() as session:
        session.query(NurseSession).one().seen_at = now() - timedelta(minutes=40)
        session.query(Nurse).one().preferences = {"idle_minutes": 60}
    assert login(clinic, token)


def test_a_code_is_asked_for_and_accepted_once(clinic, add):
    add(password=GOOD)
    secret = totp.new_secret()
    change(clinic, totp_secret=secret)
    with pytest.raises(NotSignedIn) as refused:
        sign_in(clinic)
    assert refused.value.code == "code_needed"
    code = pyotp.TOTP(secret).now()
    assert login(clinic, sign_in(clinic, code=code))
    with pytest.raises(NotSignedIn):
        sign_in(clinic, code=code)


def test_wrong_codes_lock_the_account_like_wrong_passwords(clinic, add):
    add(password=GOOD)
    change(clinic, totp_secret=totp.new_secret())
    for _ in range(accounts.FAILURES_ALLOWED):
        with pytest.raises(NotSignedIn):
            sign_in(clinic, code="000000")
    with clinic.database.read() as session:
        assert accounts.is_locked(session.query(Nurse).one())


def test_one_time_passwords_differ_and_pass_the_rules():
    made = {passwords.one_time() for _ in range(100)}
    assert len(made) == 100
    for password in made:
        passwords.check(password, "ines")
