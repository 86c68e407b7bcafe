"""What a load balancer and a monitor ask: is it up, can it accept, how is it doing."""

from __future__ import annotations

import sqlalchemy as sa
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Gauge, generate_latest
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.clock import now
from bot.conversation import backlog
from bot.errors import Unavailable
from bot.store import Database
from bot.store.tables import AlertDelivery, ConsultationRequest, Delivery, Pulse, Turn

OPEN_REQUESTS = Gauge("requests_open", "Consultation requests not closed", ["priority", "status"])
OLDEST_UNREAD = Gauge("requests_oldest_new_seconds", "Age of the oldest unacknowledged request")
WAITING_TURNS = Gauge("turns_waiting", "Messages the assistant still owes an answer", ["state"])
OUTBOX = Gauge("outbox_deliveries", "Messages to be sent on other channels", ["state"])
ALERTS = Gauge("alert_deliveries", "Alerts to staff outside the browser", ["state"])
BACKLOG = Gauge("backlog", "What waits: answers, sends, updates a channel holds for us", ["what"])
OLDEST = Gauge("backlog_oldest_seconds", "Age of the oldest one that waits", ["what"])
PULSE = Gauge("pulse_seconds", "Since a part gave its last sign of life", ["part"])


def routes() -> list[Route]:
    """The three addresses, without authentication and without patient data."""
    return [
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/metrics", metrics),
    ]


async def healthz(_request: Request) -> Response:
    """The process is up."""
    return PlainTextResponse("ok\n")


async def readyz(request: Request) -> Response:
    """Messages can be accepted: the record can be written to; and what waits in it."""
    try:
        waiting = await run_in_threadpool(_write_nothing, request.app.state.database)
    except Unavailable as error:
        return JSONResponse({"ready": False, "reason": error.code}, status_code=503)
    shown = {what: one.to_json() for what, one in waiting.items()}
    return JSONResponse({"ready": True, "backlog": shown})


async def metrics(request: Request) -> Response:
    """Prometheus text."""
    await run_in_threadpool(_measure, request.app.state.database)
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)


def _write_nothing(database: Database) -> dict[str, backlog.Waiting]:
    with database.write() as session:
        return backlog.measure(session)


def _measure(database: Database) -> None:
    for gauge in (OPEN_REQUESTS, WAITING_TURNS, OUTBOX, ALERTS, BACKLOG, OLDEST, PULSE):
        gauge.clear()
    with database.read() as session:
        _measure_backlog(session)
        for priority, status, count in session.execute(
            sa.select(ConsultationRequest.priority, ConsultationRequest.status, sa.func.count())
            .where(ConsultationRequest.status != "closed")
            .group_by(ConsultationRequest.priority, ConsultationRequest.status)
        ):
            OPEN_REQUESTS.labels(priority, status).set(count)
        oldest = session.execute(
            sa.select(sa.func.min(ConsultationRequest.created_at)).where(
                ConsultationRequest.status == "new"
            )
        ).scalar()
        OLDEST_UNREAD.set((now() - oldest).total_seconds() if oldest else 0)
        for gauge, table in ((WAITING_TURNS, Turn), (OUTBOX, Delivery), (ALERTS, AlertDelivery)):
            for state, count in session.execute(
                sa.select(table.state, sa.func.count())
                .where(table.state.notin_(("done", "sent")))
                .group_by(table.state)
            ):
                gauge.labels(state).set(count)


def _measure_backlog(session: Session) -> None:
    for what, waiting in backlog.measure(session).items():
        BACKLOG.labels(what).set(waiting.count)
        OLDEST.labels(what).set(waiting.oldest_s)
    for pulse in session.execute(sa.select(Pulse)).scalars():
        PULSE.labels(pulse.name).set((now() - pulse.at).total_seconds())
