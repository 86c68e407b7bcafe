"""Accounts, for administrators: adding, roles, disabling, new one-time passwords."""

from __future__ import annotations

from starlette.responses import Response

from bot.console.visit import Visit
from bot.consultations import accounts
from bot.errors import NotAllowed, ProductError


def show(visit: Visit) -> Response:
    """Everybody who has an account."""
    visit.audited("accounts")
    return _page(visit)


def show_again(visit: Visit, error: ProductError) -> Response:
    """The page with what was wrong."""
    return _page(visit, error=error)


def add(visit: Visit) -> Response:
    """A new account; its one-time password is shown this once."""
    name = visit.form.get("name", "")
    password = accounts.add(
        visit.session,
        name,
        display_name=visit.form.get("display_name", ""),
        role=visit.form.get("role", ""),
        by=visit.nurse.name,
        ip=visit.ip,
    )
    return _page(visit, given=(name, password))


def reset(visit: Visit) -> Response:
    """A new one-time password; the second factor is removed, all sessions end."""
    name = _other(visit)
    password = accounts.reset_password(visit.session, name, by=visit.nurse.name, ip=visit.ip)
    return _page(visit, given=(name, password))


def disable(visit: Visit) -> Response:
    """The account can do nothing any more, from this moment."""
    accounts.disable(visit.session, _other(visit), by=visit.nurse.name, ip=visit.ip)
    return visit.go("/console/people")


def enable(visit: Visit) -> Response:
    """A disabled or locked account may sign in again."""
    accounts.enable(visit.session, _other(visit), by=visit.nurse.name, ip=visit.ip)
    return visit.go("/console/people")


def set_role(visit: Visit) -> Response:
    """Another role; the sessions end."""
    accounts.set_role(
        visit.session, _other(visit), visit.form.get("role", ""), by=visit.nurse.name, ip=visit.ip
    )
    return visit.go("/console/people")


def _other(visit: Visit) -> str:
    """Nobody changes the own account here: the last administrator could lock everybody out."""
    name = visit.form.get("name", "")
    if name == visit.nurse.name:
        raise NotAllowed("ask another administrator", code="own_account")
    return name


def _page(
    visit: Visit, *, given: tuple[str, str] | None = None, error: ProductError | None = None
) -> Response:
    return visit.render(
        "people.html",
        status=error.status if error else 200,
        people=accounts.everybody(visit.session),
        roles=accounts.ROLES,
        is_locked=accounts.is_locked,
        given=given,
        error=error,
    )
