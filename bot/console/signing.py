"""Signing in and out, and choosing a password."""

from __future__ import annotations

import re
import secrets

from starlette.responses import Response

from bot.console import cookies
from bot.console.visit import Visit
from bot.consultations import accounts, audit, logins, passwords
from bot.errors import InvalidInput, NotSignedIn, ProductError, TooMany

HOME = "/console"
OWN_PATH = re.compile(r"/console(/[a-z0-9/-]*)?")
MAX_TYPED_CHARS = 300


def form(visit: Visit) -> Response:
    """The sign-in form."""
    if visit.login is not None:
        return visit.go(HOME)
    return _sign_in_page(visit)


def sign_in(visit: Visit) -> Response:
    """Check what was typed; a new session every time."""
    name, password = visit.form.get("name", ""), visit.form.get("password", "")
    agent = visit.request.headers.get("user-agent")
    try:
        token = accounts.sign_in(
            visit.database,
            name,
            password[:MAX_TYPED_CHARS],
            accounts.Visitor(visit.ip, agent),
            code=visit.form.get("code") or None,
        )
    except (NotSignedIn, TooMany) as error:
        return _sign_in_page(visit, error)
    response = visit.go(_own_path(visit.form.get("next", "")))
    cookies.put(visit.request, response, cookies.SESSION, token)
    cookies.drop(visit.request, response, cookies.FORM)
    return response


def sign_out(visit: Visit) -> Response:
    """End this session."""
    if visit.login is not None:
        logins.end(visit.session, visit.nurse, visit.login.row.token_hash)
        audit.record(
            visit.session, visit.nurse.name, "sign_out", f"nurse:{visit.nurse.name}", ip=visit.ip
        )
    response = visit.go("/console/sign-in")
    cookies.drop(visit.request, response, cookies.SESSION)
    return response


def password_form(visit: Visit) -> Response:
    """The form for a new password."""
    return visit.render("password.html", error=None, min_chars=passwords.MIN_CHARS)


def password_form_again(visit: Visit, error: ProductError) -> Response:
    """The form with what was wrong."""
    return visit.render(
        "password.html", status=error.status, error=error, min_chars=passwords.MIN_CHARS
    )


def change_password(visit: Visit) -> Response:
    """Set a new password; all other sessions of the account end."""
    current, chosen = visit.form.get("current", ""), visit.form.get("new", "")
    if chosen != visit.form.get("again", ""):
        raise InvalidInput("the two new passwords differ", code="password_differs")
    if chosen == current:
        raise InvalidInput("choose a password you have not used here", code="password_same")
    passwords.check(chosen, visit.nurse.name)
    fits = passwords.matches(current[:MAX_TYPED_CHARS], visit.nurse.password_hash)
    new_hash = passwords.hashed(chosen)
    with visit.database.write() as session:
        nurse = accounts.find(session, visit.nurse.name)
        keep = visit.login.row.token_hash if visit.login else None
        accounts.change_password(
            session, nurse, old_hash_fits=fits, new_hash=new_hash, keep=keep, ip=visit.ip
        )
    return visit.go(HOME)


def _sign_in_page(visit: Visit, error: ProductError | None = None) -> Response:
    token = cookies.read(visit.request, cookies.FORM) or secrets.token_urlsafe(16)
    response = visit.render(
        "sign_in.html",
        status=error.status if error else 200,
        error=error,
        name=visit.form.get("name", ""),
        next_path=_own_path(visit.form.get("next") or visit.request.query_params.get("next", "")),
        csrf=token,
        code_needed=error is not None and error.code == "code_needed",
    )
    cookies.put(visit.request, response, cookies.FORM, token)
    return response


def _own_path(path: str) -> str:
    """Never leave the console after signing in, whatever the address says."""
    return path if OWN_PATH.fullmatch(path) else HOME
