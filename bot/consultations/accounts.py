"""Accounts of the console: adding, signing in, locking out, disabling, changing the password.

`sign_in` opens its own transactions, because hashing a password takes long and must not happen
while the database's write lock is held. Everything else works in the caller's transaction.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.clock import now
from bot.consultations import attempts, audit, logins, passwords, totp
from bot.errors import Conflict, InvalidInput, NotFound, NotSignedIn
from bot.store import Database
from bot.store.tables import Nurse

ROLES = ("nurse", "lead", "content", "administrator", "auditor")
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")
MAX_DISPLAY_CHARS = 100
FAILURES_ALLOWED = 5
LOCKED_FOR = timedelta(minutes=15)
SYSTEM = "system"


@dataclass(frozen=True)
class Visitor:
    """Where a sign-in comes from."""

    ip: str | None = None
    user_agent: str | None = None


def add(
    session: Session,
    name: str,
    *,
    display_name: str = "",
    role: str = "nurse",
    password: str | None = None,
    by: str = SYSTEM,
    ip: str | None = None,
) -> str:
    """Make an account and return its password.

    Without `password` a one-time password is made. Either way the nurse chooses her own at the
    first sign-in. Raises InvalidInput, or Conflict when the name is taken.
    """
    name = _checked_name(name)
    if role not in ROLES:
        raise InvalidInput(f"the role must be one of {', '.join(ROLES)}", code="no_such_role")
    if _named(session, name) is not None:
        raise Conflict(f"there is already an account {name}", code="name_taken")
    chosen = passwords.one_time() if password is None else password
    passwords.check(chosen, name)
    session.add(
        Nurse(
            name=name,
            display_name=(display_name.strip() or name)[:MAX_DISPLAY_CHARS],
            role=role,
            password_hash=passwords.hashed(chosen),
            must_change_password=True,
            created_at=now(),
        )
    )
    session.flush()
    audit.record(session, by, "account.add", f"nurse:{name}", ip=ip, role=role)
    return chosen


def sign_in(
    database: Database, name: str, password: str, visitor: Visitor, *, code: str | None = None
) -> str:
    """Check name, password and (where set up) the code; return the token of a new session.

    Raises NotSignedIn with the code `wrong`, or `code_needed` when only the code is missing, and
    TooMany when too many sign-ins failed from this address.
    """
    name = name.strip().lower()
    with database.read() as session:
        attempts.check(session, visitor.ip)
        nurse = _named(session, name)
    right = passwords.matches(password, nurse.password_hash if nurse else None)
    with database.write() as session:
        token = _settle(session, name, visitor, right=right, code=code)
    if token is None:
        raise NotSignedIn("name, password or code is wrong", code="wrong")
    return token


def _settle(
    session: Session, name: str, visitor: Visitor, *, right: bool, code: str | None
) -> str | None:
    nurse = _named(session, name, lock=True)
    if nurse is None or nurse.disabled_at is not None or _is_locked(nurse):
        attempts.failed(session, visitor.ip)
        audit.record(session, SYSTEM, "sign_in.refused", _about(name), ip=visitor.ip)
        return None
    if right and nurse.totp_secret and not code:
        raise NotSignedIn("the code is needed", code="code_needed")
    if not right or (nurse.totp_secret and not totp.accept(nurse, code or "")):
        _count_failure(session, nurse, visitor)
        return None
    nurse.failed_logins, nurse.locked_until = 0, None
    audit.record(session, nurse.name, "sign_in", f"nurse:{nurse.name}", ip=visitor.ip)
    return logins.start(session, nurse, visitor.ip, visitor.user_agent)


def _count_failure(session: Session, nurse: Nurse, visitor: Visitor) -> None:
    attempts.failed(session, visitor.ip)
    nurse.failed_logins += 1
    if nurse.failed_logins >= FAILURES_ALLOWED:
        nurse.failed_logins, nurse.locked_until = 0, now() + LOCKED_FOR
        audit.record(session, SYSTEM, "sign_in.locked", f"nurse:{nurse.name}", ip=visitor.ip)
    else:
        audit.record(session, SYSTEM, "sign_in.failed", f"nurse:{nurse.name}", ip=visitor.ip)


def change_password(
    session: Session,
    nurse: Nurse,
    old_hash_fits: bool,
    new_hash: str,
    *,
    keep: str | None = None,
    ip: str | None = None,
) -> None:
    """Set the nurse's own password; her other sessions end (all but the token hash `keep`)."""
    if not old_hash_fits:
        raise InvalidInput("the current password is wrong", code="password_wrong")
    nurse.password_hash = new_hash
    nurse.must_change_password = False
    logins.end_all(session, nurse, keep=keep)
    audit.record(session, nurse.name, "account.password", f"nurse:{nurse.name}", ip=ip)


def reset_password(session: Session, name: str, *, by: str = SYSTEM, ip: str | None = None) -> str:
    """Give a new one-time password, unlock, and end all sessions; raises NotFound."""
    nurse = find(session, name)
    password = passwords.one_time()
    nurse.password_hash = passwords.hashed(password)
    nurse.must_change_password = True
    nurse.failed_logins, nurse.locked_until = 0, None
    nurse.totp_secret = None
    logins.end_all(session, nurse)
    audit.record(session, by, "account.reset", f"nurse:{nurse.name}", ip=ip)
    return password


def disable(session: Session, name: str, *, by: str = SYSTEM, ip: str | None = None) -> None:
    """Refuse this account from now on; its sessions end at once."""
    nurse = find(session, name)
    nurse.disabled_at = nurse.disabled_at or now()
    logins.end_all(session, nurse)
    audit.record(session, by, "account.disable", f"nurse:{nurse.name}", ip=ip)


def enable(session: Session, name: str, *, by: str = SYSTEM, ip: str | None = None) -> None:
    """Let a disabled or locked account sign in again."""
    nurse = find(session, name)
    nurse.disabled_at, nurse.locked_until, nurse.failed_logins = None, None, 0
    audit.record(session, by, "account.enable", f"nurse:{nurse.name}", ip=ip)


def set_role(
    session: Session, name: str, role: str, *, by: str = SYSTEM, ip: str | None = None
) -> None:
    """Give the account another role; its sessions end, so that no page keeps old rights."""
    if role not in ROLES:
        raise InvalidInput(f"the role must be one of {', '.join(ROLES)}", code="no_such_role")
    nurse = find(session, name)
    nurse.role = role
    logins.end_all(session, nurse)
    audit.record(session, by, "account.role", f"nurse:{nurse.name}", ip=ip, role=role)


def find(session: Session, name: str) -> Nurse:
    """The account of this name, locked for a change; raises NotFound."""
    nurse = _named(session, name.strip().lower(), lock=True)
    if nurse is None:
        raise NotFound(f"there is no account {name}")
    return nurse


def everybody(session: Session) -> list[Nurse]:
    """All accounts by name."""
    return list(session.execute(sa.select(Nurse).order_by(Nurse.name)).scalars())


def is_locked(nurse: Nurse) -> bool:
    """Whether too many wrong passwords keep this account out at the moment."""
    return _is_locked(nurse)


def _is_locked(nurse: Nurse) -> bool:
    return nurse.locked_until is not None and nurse.locked_until > now()


def _named(session: Session, name: str, *, lock: bool = False) -> Nurse | None:
    query = sa.select(Nurse).where(Nurse.name == name)
    found: Nurse | None = session.execute(
        query.with_for_update() if lock else query
    ).scalar_one_or_none()
    return found


def _checked_name(name: str) -> str:
    name = name.strip().lower()
    if not NAME.fullmatch(name):
        raise InvalidInput(
            "a name has 2 to 64 of the characters a-z, 0-9, dot, dash and underscore",
            code="name_form",
        )
    return name


def _about(name: str) -> str:
    """The name as typed, if it can be one: a password typed into the wrong field is not kept."""
    return f"nurse:{name}" if NAME.fullmatch(name) and len(name) <= 32 else "nurse:?"  # noqa: PLR2004
