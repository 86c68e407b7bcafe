"""The stream that keeps open pages up to date: numbers and ids only, never a patient's words.

Every item carries the position up to which the page now knows everything; a browser that was away
sends its last position and misses nothing. A beat every few seconds proves that the line is alive.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from bot.console import serving
from bot.console.visit import NURSES
from bot.consultations.logins import Login
from bot.errors import Unavailable
from bot.store.tables import ConsultationRequest, Event, Message, Notice

BEAT_S = 4.0
RETRY_MS = 1_000
MOST_ITEMS = 300
"""More news than this and the page is told to read everything again."""


async def stream(request: Request) -> Response:
    """Server-sent events after `Last-Event-ID` or `?after=`."""
    try:
        login = await run_in_threadpool(_login, request)
    except Unavailable as error:
        return serving.secured(request, Response(error.message, error.status))
    if login is None:
        return serving.secured(request, Response("signed out", 401))
    headers = {"x-accel-buffering": "no"}
    body = _items(request, _start(request))
    return serving.secured(
        request, StreamingResponse(body, media_type="text/event-stream", headers=headers)
    )


def news(session: Session, after: int, until: int) -> list[dict[str, Any]]:
    """What changed between two positions, oldest first."""
    notices = session.execute(
        sa.select(Notice.position, Notice.type, Notice.request_id, Notice.data)
        .where(Notice.position > after, Notice.position <= until)
        .order_by(Notice.position)
        .limit(MOST_ITEMS)
    )
    messages = session.execute(
        sa.select(Event.position, Message.speaker, ConsultationRequest.id)
        .join(Message, Message.id == Event.message_id)
        .join(
            ConsultationRequest,
            ConsultationRequest.conversation_id == Event.conversation_id,
        )
        .where(Event.position > after, Event.position <= until)
        .order_by(Event.position)
        .limit(MOST_ITEMS)
    )
    items = [
        {"position": position, "type": type_, "request": request_id,
         "priority": data.get("priority")}
        for position, type_, request_id, data in notices
    ] + [
        {"position": position, "type": "message", "request": request_id, "speaker": speaker}
        for position, speaker, request_id in messages
    ]
    return sorted(items, key=lambda item: item["position"])


async def _items(request: Request, position: int) -> AsyncIterator[str]:
    yield f"retry: {RETRY_MS}\n\n{_event(position, [])}"
    while True:
        newest = await request.app.state.watcher.wait(position, BEAT_S)
        try:
            seen, items = await run_in_threadpool(_look, request, position, max(newest, position))
        except Unavailable:
            return  # the page sees that the line is dead, says so, and comes back
        if not seen:
            yield "event: signed_out\ndata: {}\n\n"
            return
        if len(items) >= MOST_ITEMS:
            items = [{"type": "reset", "request": None}]
        position = max(newest, position)
        yield _event(position, items)


def _look(request: Request, after: int, until: int) -> tuple[bool, list[dict[str, Any]]]:
    with request.app.state.database.read() as session:
        login = serving.identify(request, session)
        if login is None or not _may_watch(request, login):
            return False, []
        return True, news(session, after, until) if until > after else []


def _login(request: Request) -> Login | None:
    with request.app.state.database.read() as session:
        login = serving.identify(request, session)
    return login if login is not None and _may_watch(request, login) else None


def _may_watch(request: Request, login: Login) -> bool:
    ready = not login.nurse.must_change_password
    ready = ready and not serving.second_factor_missing(request, login)
    return ready and login.nurse.role in NURSES


def _start(request: Request) -> int:
    given = [request.headers.get("last-event-id", ""), request.query_params.get("after", "")]
    return max((int(text) for text in given if text.isdecimal() and len(text) < 16), default=0)  # noqa: PLR2004  fits the column


def _event(position: int, items: list[dict[str, Any]]) -> str:
    kind = "news" if items else "beat"
    return f"id: {position}\nevent: {kind}\ndata: {json.dumps(items)}\n\n"
