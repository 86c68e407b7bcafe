"""The stream that keeps open pages up to date: numbers and ids only, never a patient's words.

Every item carries the position up to which the page now knows everything; a browser that was away
sends its last position and misses nothing. A beat every few seconds proves that the line is alive.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import anyio
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from bot.console import serving
from bot.console.visit import MAX_INT_CHARS, NURSES
from bot.consultations import viewing
from bot.consultations.logins import Login
from bot.errors import Unavailable
from bot.store import Database
from bot.store.tables import ConsultationRequest, Event, Message, Notice

BEAT_S = 4.0
RETRY_MS = 500
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
        {
            "position": position,
            "type": type_,
            "request": request_id,
            "priority": data.get("priority"),
        }
        for position, type_, request_id, data in notices
    ] + [
        {"position": position, "type": "message", "request": request_id, "speaker": speaker}
        for position, speaker, request_id in messages
    ]
    return sorted(items, key=lambda item: item["position"])


async def _items(request: Request, position: int) -> AsyncIterator[str]:
    yield f"retry: {RETRY_MS}\n\n{_event(position, [])}"
    screen = _Screen(request)
    try:
        while True:
            newest = max(await request.app.state.watcher.wait(position, screen.patience), position)
            try:
                seen = await run_in_threadpool(screen.look, position, newest)
            except Unavailable:
                return  # the page sees that the line is dead, says so, and comes back
            if seen is None:
                yield "event: signed_out\ndata: {}\n\n"
                return
            position = newest
            yield _event(position, seen.items)
            if seen.viewers is not None:
                yield f"event: viewers\ndata: {json.dumps(seen.viewers)}\n\n"
    finally:
        with anyio.CancelScope(shield=True):
            await run_in_threadpool(screen.leave)


@dataclass(frozen=True)
class _Seen:
    """What one look found; `viewers` only when they changed."""

    items: list[dict[str, Any]]
    viewers: dict[int, list[str]] | None


class _Screen:
    """One open page: what it knows, and which request is on it."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._database: Database = request.app.state.database
        self._shown = _number(request.query_params.get("request", ""))
        self._nurse_id: int | None = None
        self._viewers: dict[int, list[str]] | None = None

    @property
    def patience(self) -> float:
        """How long to wait for news; the first look is at once."""
        return 0.01 if self._viewers is None else BEAT_S

    def look(self, after: int, until: int) -> _Seen | None:
        """What is new, None when the session is over."""
        with self._database.read() as session:
            login = serving.identify(self._request, session)
            if login is None or not _may_watch(self._request, login):
                return None
            items = news(session, after, until) if until > after else []
            self._nurse_id = login.nurse.id
            viewers = viewing.others(session, login.nurse.id)
            due = self._shown and viewing.is_due(session, self._shown, login.nurse.id)
        if due:
            with suppress(Unavailable, IntegrityError), self._database.write() as session:
                viewing.look(session, self._shown, login.nurse.id)
        if len(items) >= MOST_ITEMS:
            items = [{"type": "reset", "request": None}]
        changed, self._viewers = viewers != self._viewers, viewers
        return _Seen(items, viewers if changed else None)

    def leave(self) -> None:
        """The page was closed; when this cannot be noted, the screen grows old by itself."""
        if self._shown and self._nurse_id is not None:
            with suppress(Unavailable), self._database.write() as session:
                viewing.leave(session, self._shown, self._nurse_id)


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
    return max(map(_number, given))


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) <= MAX_INT_CHARS else 0


def _event(position: int, items: list[dict[str, Any]]) -> str:
    kind = "news" if items else "beat"
    return f"id: {position}\nevent: {kind}\ndata: {json.dumps(items)}\n\n"
