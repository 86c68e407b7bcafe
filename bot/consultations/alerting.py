"""Alerts that leave the browser: kept in the database until they were taken or are not needed.

An alert names reference, priority and the console's address; never a patient's words. It is
repeated with growing pauses until the other side has taken it or somebody has acknowledged.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from bot.clock import now
from bot.consultations import ways
from bot.consultations.alert_texts import AlertTexts
from bot.consultations.ladder import Alert
from bot.settings import Settings
from bot.store import Database
from bot.store.tables import AlertDelivery, ConsultationRequest

log = structlog.get_logger()
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=5)
LEASE = timedelta(minutes=1)
"""While one process tries to send an alert no other does; longer than any attempt takes."""
AT_ONCE = 20
STUCK_AFTER = 3


@dataclass(frozen=True)
class _Due:
    """One alert this process has taken to send."""

    id: int
    way: str
    address: str
    note: ways.Note


def keep(session: Session, alerts: Iterable[Alert], settings: Settings) -> None:
    """Queue the alerts, in the transaction that took the ladder's steps.

    An address gets one alert a request, also when several steps fell due together.
    """
    queued = set[tuple[int, str, str]]()
    for alert in alerts:
        for way, address in ways.addresses(settings, alert.to):
            if way != "webhook" and (alert.request_id, way, address) in queued:
                continue
            queued.add((alert.request_id, way, address))
            session.add(
                AlertDelivery(
                    request_id=alert.request_id,
                    channel=way,
                    address=address,
                    audience=alert.to,
                    step=alert.step,
                    state="queued",
                    next_at=now(),
                )
            )


def send_due(database: Database, settings: Settings) -> int:
    """Send what is due, each with its own deadline; returns how many were taken."""
    taken = 0
    for due in _take(database, settings):
        error = _try(due, settings)
        with database.write() as session:
            _note(session.get(AlertDelivery, due.id), error)
        taken += error is None
    return taken


def _take(database: Database, settings: Settings) -> list[_Due]:
    """What is due, and nobody else's for a while; what is not needed any more is dropped."""
    query = (
        sa.select(AlertDelivery, ConsultationRequest)
        .join(ConsultationRequest, ConsultationRequest.id == AlertDelivery.request_id)
        .where(AlertDelivery.state == "queued", AlertDelivery.next_at <= now())
        .order_by(ConsultationRequest.rank, AlertDelivery.id)
        .limit(AT_ONCE)
    )
    with database.read() as session:
        if session.execute(query.limit(1)).first() is None:
            return []
    texts = AlertTexts.load(settings)  # files are read before other writers have to wait
    with database.write() as session:
        rows = session.execute(query.with_for_update(of=AlertDelivery, skip_locked=True)).all()
        for row, request in rows:
            row.next_at = now() + LEASE
            if request.acknowledged_at is not None or request.status == "closed":
                row.state = "dropped"
        return [
            _Due(
                row.id,
                row.channel,
                _address(row, settings),
                _worded(row, request, texts, settings),
            )
            for row, request in rows
            if row.state == "queued"
        ]


def _address(row: AlertDelivery, settings: Settings) -> str:
    """Where it goes; rows of earlier versions hold no address."""
    return row.address or dict(ways.addresses(settings, row.audience)).get(row.channel, "")


def _worded(
    row: AlertDelivery, request: ConsultationRequest, texts: AlertTexts, settings: Settings
) -> ways.Note:
    site = settings.public_url or f"http://{settings.host}:{settings.port}"
    address = f"{site}/console/requests/{request.id}"
    since = request.waiting_since or request.created_at
    return ways.Note(
        facts={
            "reference": request.reference,
            "priority": request.priority,
            "status": request.status,
            "created_at": request.created_at.isoformat(),
            "audience": row.audience,
            "step": row.step,
            "console": address,
        },
        subject=texts.filled("subject", priority=request.priority, reference=request.reference),
        text=texts.filled(
            "text", audience=row.audience, since=f"{since:%Y-%m-%d %H:%M}", address=address
        ),
    )


def _try(due: _Due, settings: Settings) -> str | None:
    """None when it was taken, else why not."""
    try:
        ways.send(due.way, due.address, due.note, settings)
    except ways.NotTaken as error:
        log.warning("alerting.not_delivered", channel=due.way, error=str(error))
        return str(error)
    return None


def _note(row: AlertDelivery | None, error: str | None) -> None:
    if row is None:
        return  # erased with its conversation while it was being sent
    row.attempts += 1
    row.error = error
    if error is None:
        row.state = "sent"
    else:
        row.next_at = now() + min(FIRST_PAUSE * 2 ** min(row.attempts - 1, 10), LONGEST_PAUSE)


def stuck(session: Session) -> list[AlertDelivery]:
    """Alerts that were tried several times and taken by nobody."""
    return list(
        session.execute(
            sa.select(AlertDelivery)
            .where(AlertDelivery.state == "queued", AlertDelivery.attempts >= STUCK_AFTER)
            .order_by(AlertDelivery.id.desc())
            .limit(AT_ONCE)
        ).scalars()
    )


def try_all(settings: Settings) -> list[tuple[str, str, str | None]]:
    """Send a test to every address there is: (way, address, why not or None)."""
    texts = AlertTexts.load(settings)
    found: dict[tuple[str, str], str] = {}
    for audience in ways.AUDIENCES:
        for target in ways.addresses(settings, audience):
            found.setdefault(target, audience)
    results = []
    for (way, address), audience in found.items():
        text = texts.filled("test", audience=audience)
        note = ways.Note({"test": 1, "audience": audience}, text, text)
        results.append((way, address, _try(_Due(0, way, address, note), settings)))
    return results
