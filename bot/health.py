"""What a load balancer and a monitor ask: is it up, can it accept, how is it doing."""

from __future__ import annotations

import sqlalchemy as sa
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Gauge, generate_latest
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.clock import now
from bot.errors import Unavailable
from bot.store import Database
from bot.store.tables import ConsultationRequest, Delivery, Turn

OPEN_REQUESTS = Gauge("requests_open", "Consultation requests not closed", ["priority", "status"])
OLDEST_UNREAD = Gauge("requests_oldest_new_seconds", "Age of the oldest unacknowledged request")
WAITING_TURNS = Gauge("turns_waiting", "Messages the assistant still owes an answer", ["state"])
OUTBOX = Gauge("outbox_deliveries", "Messages to be sent on other channels", ["state"])


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
    """Messages can be accepted: the record can be written to."""
    try:
        await run_in_threadpool(_write_nothing, request.app.state.database)
    except Unavailable as error:
        return JSONResponse({"ready": False, "reason": error.code}, status_code=503)
    return JSONResponse({"ready": True})


async def metrics(request: Request) -> Response:
    """Prometheus text."""
    await run_in_threadpool(_measure, request.app.state.database)
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)


def _write_nothing(database: Database) -> None:
    with database.write() as session:
        session.execute(sa.text("SELECT 1"))


def _measure(database: Database) -> None:
    for gauge in (OPEN_REQUESTS, WAITING_TURNS, OUTBOX):
        gauge.clear()
    with database.read() as session:
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
        for gauge, table in ((WAITING_TURNS, Turn), (OUTBOX, Delivery)):
            for state, count in session.execute(
                sa.select(table.state, sa.func.count())
                .where(table.state.notin_(("done", "sent")))
                .group_by(table.state)
            ):
                gauge.labels(state).set(count)
