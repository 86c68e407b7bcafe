"""Who has a request open on the screen right now, so that two nurses do not work on one."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.clock import now
from bot.store.tables import ConsultationRequest, Nurse, Viewer

LASTS = timedelta(seconds=20)
"""A screen that was not heard of for so long is gone."""
RENEW_AFTER = timedelta(seconds=8)


def is_due(session: Session, request_id: int, nurse_id: int) -> bool:
    """Whether it is time to say again that this nurse looks at this request."""
    seen_at = session.execute(
        sa.select(Viewer.seen_at).where(
            Viewer.request_id == request_id, Viewer.nurse_id == nurse_id
        )
    ).scalar_one_or_none()
    return seen_at is None or now() - seen_at >= RENEW_AFTER


def look(session: Session, request_id: int, nurse_id: int) -> None:
    """Note that a nurse has a request open; nothing happens when there is no such request."""
    session.execute(
        sa.delete(Viewer)
        .where(Viewer.seen_at <= now() - LASTS)
        .execution_options(synchronize_session=False)
    )
    if session.get(ConsultationRequest, request_id) is not None:
        session.merge(Viewer(request_id=request_id, nurse_id=nurse_id, seen_at=now()))


def leave(session: Session, request_id: int, nurse_id: int) -> None:
    """The screen was closed."""
    session.execute(
        sa.delete(Viewer)
        .where(Viewer.request_id == request_id, Viewer.nurse_id == nurse_id)
        .execution_options(synchronize_session=False)
    )


def others(session: Session, nurse_id: int) -> dict[int, list[str]]:
    """The names of everybody else who looks at something, by request."""
    rows = session.execute(
        sa.select(Viewer.request_id, Nurse.display_name)
        .join(Nurse, Nurse.id == Viewer.nurse_id)
        .where(
            Viewer.nurse_id != nurse_id,
            Viewer.seen_at > now() - LASTS,
            Nurse.disabled_at.is_(None),
        )
        .order_by(Nurse.display_name)
    )
    found: dict[int, list[str]] = {}
    for request_id, name in rows:
        found.setdefault(request_id, []).append(name)
    return found
