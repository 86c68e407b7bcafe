"""Alerts that leave the browser: kept in the database, sent by e-mail or a signed webhook.

An alert names reference, priority and the console's address; never a patient's words. It is
repeated with growing pauses until the other side has taken it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import smtplib
from collections.abc import Iterable
from datetime import timedelta
from email.message import EmailMessage

import httpx
import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from bot.clock import now
from bot.consultations.ladder import Alert
from bot.settings import Settings
from bot.store import Database
from bot.store.tables import AlertDelivery, ConsultationRequest

log = structlog.get_logger()
TIMEOUT_S = 10.0
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=5)
AT_ONCE = 20
SIGNATURE = "X-Signature-SHA256"
Body = dict[str, str | int]


def channels(settings: Settings) -> list[str]:
    """Which ways out of the browser are configured."""
    ways = {"webhook": settings.alert_webhook, "email": settings.alert_email_to}
    return [name for name, configured in ways.items() if configured]


def keep(session: Session, alerts: Iterable[Alert], ways: Iterable[str]) -> None:
    """Queue every alert for every way, in the transaction that took the ladder's step."""
    for alert in alerts:
        for way in ways:
            session.add(
                AlertDelivery(
                    request_id=alert.request_id,
                    channel=way,
                    audience=alert.to,
                    step=alert.step,
                    state="queued",
                    next_at=now(),
                )
            )


def send_due(database: Database, settings: Settings) -> int:
    """Send what is due, each with its own deadline; returns how many were delivered."""
    delivered = 0
    for delivery_id, way, body in _due(database, settings):
        error = _try(way, body, settings)
        with database.write() as session:
            _note(session.get(AlertDelivery, delivery_id), error)
        delivered += error is None
    return delivered


def _due(database: Database, settings: Settings) -> list[tuple[int, str, Body]]:
    with database.read() as session:
        rows = session.execute(
            sa.select(AlertDelivery, ConsultationRequest)
            .join(ConsultationRequest, ConsultationRequest.id == AlertDelivery.request_id)
            .where(AlertDelivery.state == "queued", AlertDelivery.next_at <= now())
            .order_by(ConsultationRequest.rank, AlertDelivery.id)
            .limit(AT_ONCE)
        ).all()
        return [(row.id, row.channel, _body(row, request, settings)) for row, request in rows]


def _body(row: AlertDelivery, request: ConsultationRequest, settings: Settings) -> Body:
    address = settings.public_url or f"http://{settings.host}:{settings.port}"
    return {
        "reference": request.reference,
        "priority": request.priority,
        "status": request.status,
        "created_at": request.created_at.isoformat(),
        "audience": row.audience,
        "step": row.step,
        "console": f"{address}/console/requests/{request.id}",
    }


def _try(way: str, body: Body, settings: Settings) -> str | None:
    """None when it was delivered, else why not."""
    try:
        (_webhook if way == "webhook" else _email)(body, settings)
    except (httpx.HTTPError, OSError, smtplib.SMTPException) as error:
        log.warning("alerting.not_delivered", channel=way, error=type(error).__name__)
        return f"{type(error).__name__}: {error}"[:200]
    return None


def _webhook(body: Body, settings: Settings) -> None:
    content = json.dumps(body, sort_keys=True).encode()
    signed = hmac.new(settings.alert_webhook_secret.encode(), content, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", SIGNATURE: signed}
    httpx.post(
        settings.alert_webhook, content=content, headers=headers, timeout=TIMEOUT_S
    ).raise_for_status()


def _email(body: Body, settings: Settings) -> None:
    message = EmailMessage()
    message["From"] = settings.alert_email_from
    message["To"] = ", ".join(settings.alert_email_to.split())
    message["Subject"] = f"{str(body['priority']).upper()} request {body['reference']}"
    message.set_content("\n".join(f"{name}: {value}" for name, value in body.items()))
    with smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=TIMEOUT_S) as server:
        if settings.smtp_user:
            server.starttls()
            server.login(settings.smtp_user, settings.smtp_password)
        server.send_message(message)


def _note(row: AlertDelivery, error: str | None) -> None:
    row.attempts += 1
    row.error = error
    if error is None:
        row.state = "sent"
    else:
        row.next_at = now() + min(FIRST_PAUSE * 2 ** min(row.attempts - 1, 10), LONGEST_PAUSE)
