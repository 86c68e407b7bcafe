"""Server-sent events of one conversation: resumed by number, kept open by comments."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import StreamingResponse

from bot.channels.widget import requests
from bot.conversation import conversations, events
from bot.conversation.watch import Watcher
from bot.errors import NotSignedIn, Unavailable
from bot.store import Database

HEARTBEAT_S = 15.0
RETRY_MS = 2_000
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


async def stream(request: Request) -> StreamingResponse:
    """GET /api/v1/events/stream."""
    conversation_id = await requests.owner(request)
    after = requests.seq(request.headers.get("last-event-id") or request.query_params.get("after"))
    state = request.app.state
    reader = _Reader(state.database, requests.token(request), after)
    body = _frames(reader, state.watcher, conversation_id)
    return StreamingResponse(body, media_type="text/event-stream", headers=HEADERS)


class _Reader:
    """Reads on from the last event that was sent; the token is checked every time."""

    def __init__(self, database: Database, token: str, seq: int) -> None:
        self._database = database
        self._token = token
        self._seq = seq

    def page(self) -> list[dict[str, Any]]:
        """The next events; raises NotSignedIn when the conversation ended or moved away."""
        with self._database.read() as session:
            conversation_id = conversations.id_by_token(session, self._token)
            found = events.after(session, conversation_id, self._seq)
        self._seq = found[-1]["seq"] if found else self._seq
        return found


async def _frames(reader: _Reader, watcher: Watcher, conversation_id: str) -> AsyncIterator[str]:
    position = watcher.position
    yield f"retry: {RETRY_MS}\n: open\n\n"
    while True:
        try:
            while page := await run_in_threadpool(reader.page):
                yield "".join(map(frame, page))
                if len(page) < events.PAGE:
                    break  # that was all
            position = await watcher.wait_for(conversation_id, position, HEARTBEAT_S)
        except (NotSignedIn, Unavailable):
            return  # the client comes again, and then hears why or resumes
        yield ": alive\n\n"


def frame(event: dict[str, Any]) -> str:
    """One event as a server-sent event; in ASCII, for clients that split lines at more than LF."""
    return f"id: {event['seq']}\ndata: {json.dumps(event)}\n\n"
