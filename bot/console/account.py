"""A nurse's own account: language, idle time, shortcuts, sessions, the second factor."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup
from starlette.responses import Response

from bot.console import preferences
from bot.console.visit import Visit
from bot.consultations import audit, logins, qr, totp
from bot.errors import InvalidInput, ProductError
from bot.settings import LOCALES

PENDING = "totp_pending"
PATH = "/console/account"


def show(visit: Visit) -> Response:
    """The page."""
    return _page(visit)


def show_again(visit: Visit, error: ProductError) -> Response:
    """The page with what was wrong."""
    return _page(visit, error)


def choose(visit: Visit) -> Response:
    """Keep language, idle time and shortcuts."""
    locale, minutes = visit.form.get("locale"), visit.number("idle_minutes")
    if locale not in LOCALES or minutes not in logins.IDLE_MINUTES:
        raise InvalidInput("this choice does not exist", code="no_such_choice")
    shortcuts = visit.form.get("shortcuts") == "on"
    preferences.change(
        visit.session, visit.nurse, locale=locale, idle_minutes=minutes, shortcuts=shortcuts
    )
    return _done(visit)


def end_session(visit: Visit) -> Response:
    """End one of the nurse's own sessions, on whatever computer."""
    wanted = visit.form.get("session", "")
    for row in logins.of(visit.session, visit.nurse):
        if _short(row.token_hash) == wanted:
            logins.end(visit.session, visit.nurse, row.token_hash)
    return _done(visit)


def start_totp(visit: Visit) -> Response:
    """Make a secret that counts once a code from it was typed."""
    if visit.nurse.totp_secret:
        raise InvalidInput("the second factor is set up already", code="totp_there")
    preferences.change(visit.session, visit.nurse, **{PENDING: totp.new_secret()})
    return _done(visit)


def confirm_totp(visit: Visit) -> Response:
    """From now on signing in needs a code."""
    secret = visit.nurse.preferences.get(PENDING)
    period = totp.fits(secret, visit.form.get("code", "")) if secret else None
    if period is None:
        raise InvalidInput("this code is wrong", code="code_wrong")
    visit.nurse.totp_secret = secret
    preferences.change(visit.session, visit.nurse, **{PENDING: None, totp.LAST: period})
    logins.end_all(visit.session, visit.nurse, keep=_own_hash(visit))
    return _done(visit)


def remove_totp(visit: Visit) -> Response:
    """Signing in needs no code any more; only who has the app can say so."""
    if visit.state.settings.second_factor_required:
        raise InvalidInput("the clinic asks everybody for a code", code="totp_required")
    if not visit.nurse.totp_secret or not totp.accept(visit.nurse, visit.form.get("code", "")):
        raise InvalidInput("this code is wrong", code="code_wrong")
    visit.nurse.totp_secret = None
    return _done(visit)


def active(visit: Visit) -> Response:
    """The nurse uses an open page: her idle time starts again."""
    if visit.login is not None and logins.is_due(visit.login):
        logins.touch(visit.session, visit.login)
    return Response(status_code=204)


def _page(visit: Visit, error: ProductError | None = None) -> Response:
    pending = visit.nurse.preferences.get(PENDING)
    settings = visit.state.settings
    address = totp.address(pending, visit.nurse.name, settings.clinic_name) if pending else ""
    return visit.render(
        "account.html",
        status=error.status if error else 200,
        error=error,
        locales=LOCALES,
        idle_choices=logins.IDLE_MINUTES,
        idle=logins.idle_minutes(visit.nurse),
        sessions=_sessions(visit),
        secret=" ".join(pending[i : i + 4] for i in range(0, len(pending), 4)) if pending else "",
        address=address,
        picture=Markup(qr.picture(address)) if address else "",  # noqa: S704  made here
        required=settings.second_factor_required,
    )


def _sessions(visit: Visit) -> list[dict[str, Any]]:
    own = _own_hash(visit)
    return [
        {
            "key": _short(row.token_hash),
            "own": row.token_hash == own,
            "ip": row.ip,
            "agent": row.user_agent,
            "created_at": row.created_at,
            "seen_at": row.seen_at,
        }
        for row in logins.of(visit.session, visit.nurse)
    ]


def _own_hash(visit: Visit) -> str:
    return visit.login.row.token_hash if visit.login else ""


def _short(token_hash: str) -> str:
    """Enough to name a session; nothing that can be used to sign in."""
    return token_hash[:16]


def _done(visit: Visit) -> Response:
    action = visit.page.audit
    assert action is not None  # noqa: S101  every action of this module declares one
    audit.record(visit.session, visit.nurse.name, action, f"nurse:{visit.nurse.name}", ip=visit.ip)
    return visit.go(PATH)
