"""Sessions of signed-in browsers: a random token there, its hash and its ends here."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.clock import now
from bot.conversation import events
from bot.conversation.conversations import token_hash
from bot.store.tables import Nurse, NurseSession

TOKEN_BYTES = 32
LASTS = timedelta(hours=12)
IDLE_MINUTES = (5, 15, 30, 60)
IDLE_DEFAULT = 30
TOUCH_EVERY = timedelta(seconds=30)
MAX_AGENT_CHARS = 200


@dataclass(frozen=True)
class Login:
    """A valid session and whose it is."""

    row: NurseSession
    nurse: Nurse


def start(session: Session, nurse: Nurse, ip: str | None, user_agent: str | None) -> str:
    """Open a session; returns its token, which is stored only as a hash."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.add(
        NurseSession(
            token_hash=token_hash(token),
            nurse_id=nurse.id,
            csrf=secrets.token_urlsafe(TOKEN_BYTES),
            created_at=now(),
            seen_at=now(),
            ip=ip,
            user_agent=(user_agent or "")[:MAX_AGENT_CHARS],
        )
    )
    return token


def find(session: Session, token: str) -> Login | None:
    """The session behind a token, unless it is over or its account is disabled."""
    found = session.execute(
        sa.select(NurseSession, Nurse)
        .join(Nurse, Nurse.id == NurseSession.nurse_id)
        .where(NurseSession.token_hash == token_hash(token), Nurse.disabled_at.is_(None))
    ).one_or_none()
    if found is None or now() >= ends_at(*found):
        return None
    return Login(*found)


def ends_at(row: NurseSession, nurse: Nurse) -> datetime:
    """When the session is over if the nurse does nothing more."""
    idle: datetime = row.seen_at + timedelta(minutes=idle_minutes(nurse))
    latest: datetime = row.created_at + LASTS
    return min(idle, latest)


def idle_minutes(nurse: Nurse) -> int:
    """After how many minutes without use this nurse's sessions end."""
    chosen = (nurse.preferences or {}).get("idle_minutes", IDLE_DEFAULT)
    return chosen if chosen in IDLE_MINUTES else IDLE_DEFAULT


def is_due(login: Login) -> bool:
    """Whether the use of a session is worth noting again."""
    return bool(now() - login.row.seen_at >= TOUCH_EVERY)


def touch(session: Session, login: Login) -> None:
    """The nurse did something: her idle time starts again."""
    session.execute(
        sa.update(NurseSession)
        .where(NurseSession.token_hash == login.row.token_hash)
        .values(seen_at=now())
        .execution_options(synchronize_session=False)
    )


def of(session: Session, nurse: Nurse) -> list[NurseSession]:
    """The nurse's sessions that are not over, newest first."""
    rows = session.execute(
        sa.select(NurseSession)
        .where(NurseSession.nurse_id == nurse.id)
        .order_by(NurseSession.created_at.desc())
    ).scalars()
    return [row for row in rows if now() < ends_at(row, nurse)]


def end(session: Session, nurse: Nurse, hash_: str) -> None:
    """End one of the nurse's sessions."""
    _end(session, nurse, NurseSession.token_hash == hash_)


def end_all(session: Session, nurse: Nurse, *, keep: str | None = None) -> None:
    """End all of the nurse's sessions but the one with the token hash `keep`."""
    _end(session, nurse, NurseSession.token_hash != (keep or ""))


def _end(session: Session, nurse: Nurse, which: sa.sql.ColumnElement) -> None:
    session.execute(
        sa.delete(NurseSession)
        .where(NurseSession.nurse_id == nurse.id, which)
        .execution_options(synchronize_session=False)
    )
    events.tell_staff(session, "sessions_ended", nurse=nurse.id)  # wakes the open streams
