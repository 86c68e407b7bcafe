"""Server-sent events of one conversation: resumed by number, kept open by comments."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from time import monotonic
from typing import Any
from weakref import WeakKeyDictionary

from starlette.applications import Starlette
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


class Changes:
    """Which conversations changed between two positions: asked once for all open streams."""

    def __init__(self, database: Database, watcher: Watcher) -> None:
        self._database = database
        self._watcher = watcher
        self._asked: dict[tuple[int, int], asyncio.Task[set[str]]] = {}

    async def wait(self, conversation_id: str, position: int, timeout_s: float) -> int:
        """The position up to which is known; early when the conversation has news."""
        until = monotonic() + timeout_s
        while (left := until - monotonic()) > 0:
            newest = await self._watcher.wait(position, left)
            if newest == position:
                break
            changed = await self._between(position, newest)
            position = newest
            if conversation_id in changed:
                break
        return position

    async def _between(self, seen: int, newest: int) -> set[str]:
        key = (seen, newest)
        if key not in self._asked:
            self._asked = {k: task for k, task in self._asked.items() if k[1] == newest}
            self._asked[key] = asyncio.ensure_future(run_in_threadpool(self._look, seen))
        return await asyncio.shield(self._asked[key])

    def _look(self, seen: int) -> set[str]:
        with self._database.read() as session:
            return events.changed_since(session, seen)


_changes: WeakKeyDictionary[Starlette, Changes] = WeakKeyDictionary()


async def stream(request: Request) -> StreamingResponse:
    """GET /api/v1/events/stream."""
    conversation_id = await requests.owner(request)
    after = requests.seq(request.headers.get("last-event-id") or request.query_params.get("after"))
    state = request.app.state
    if request.app not in _changes:
        _changes[request.app] = Changes(state.database, state.watcher)
    reader = _Reader(state.database, requests.token(request), after)
    body = _frames(reader, _changes[request.app], conversation_id, state.watcher.position)
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
            conversation = conversations.by_token(session, self._token)
            found = events.after(session, conversation.id, self._seq)
        self._seq = found[-1]["seq"] if found else self._seq
        return found


async def _frames(
    reader: _Reader, changes: Changes, conversation_id: str, position: int
) -> AsyncIterator[str]:
    yield f"retry: {RETRY_MS}\n: open\n\n"
    while True:
        try:
            while page := await run_in_threadpool(reader.page):
                yield "".join(map(frame, page))
                if len(page) < events.PAGE:
                    break  # that was all
            position = await changes.wait(conversation_id, position, HEARTBEAT_S)
        except (NotSignedIn, Unavailable):
            return  # the client comes again, and then hears why or resumes
        yield ": alive\n\n"


def frame(event: dict[str, Any]) -> str:
    """One event as a server-sent event; in ASCII, for clients that split lines at more than LF."""
    return f"id: {event['seq']}\ndata: {json.dumps(event)}\n\n"
