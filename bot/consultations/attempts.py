"""A brake on guessing passwords from one address, whatever names are tried."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.clock import now
from bot.errors import TooMany
from bot.store.tables import SignInFailure

ALLOWED = 30
"""A clinic's staff often share one address."""
WITHIN = timedelta(minutes=15)


def check(session: Session, ip: str | None) -> None:
    """Raise TooMany when too many sign-ins from this address failed lately."""
    failed = session.execute(
        sa.select(sa.func.count())
        .select_from(SignInFailure)
        .where(SignInFailure.ip == ip, SignInFailure.at > now() - WITHIN)
    ).scalar_one()
    if failed >= ALLOWED:
        raise TooMany("too many sign-ins failed from here; wait a quarter of an hour")


def failed(session: Session, ip: str | None) -> None:
    """One more that failed; those of long ago are forgotten."""
    session.execute(
        sa.delete(SignInFailure)
        .where(SignInFailure.at <= now() - WITHIN)
        .execution_options(synchronize_session=False)
    )
    if ip is not None:
        session.add(SignInFailure(ip=ip[:64], at=now()))
