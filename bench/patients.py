"""Patients over HTTP: the same three calls for both systems."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

import aiohttp

ANSWER_WITHIN_S = 60.0
LINE_BYTES = 2**20
"""The longest event of a stream."""
ANSWER = aiohttp.ClientTimeout(ANSWER_WITHIN_S)
STREAM = aiohttp.ClientTimeout(None, sock_connect=30.0, sock_read=60.0)


class Patient(Protocol):
    """Somebody who writes and waits for the answer."""

    async def begin(self) -> None:
        """Open the conversation."""

    async def say(self, text: str) -> None:
        """Write, and return when the whole answer is there; raises on anything else."""

    async def leave(self) -> None:
        """Give back what is held."""


class StockPatient:
    """Over Rasa's REST channel, as its documentation shows it."""

    def __init__(self, client: aiohttp.ClientSession, url: str) -> None:
        self._client = client
        self._url = f"{url}/webhooks/rest/webhook"
        self._sender = uuid.uuid4().hex

    async def begin(self) -> None:
        """Nothing to do there."""

    async def say(self, text: str) -> None:
        """See Patient; an empty list is how Rasa says that something failed."""
        call = {"sender": self._sender, "message": text}
        async with self._client.post(self._url, json=call, timeout=ANSWER) as response:
            response.raise_for_status()
            if not await response.json():
                raise ValueError("no answer")

    async def leave(self) -> None:
        """Nothing to do there."""


class ProductPatient:
    """Over our public contract, like the widget: one stream of events, messages posted."""

    def __init__(self, client: aiohttp.ClientSession, url: str) -> None:
        self._client = client
        self._url = f"{url}/api/v1"
        self._waiting: dict[str, asyncio.Future[None]] = {}
        self._reader: asyncio.Task[None] | None = None
        self._headers: dict[str, str] = {}
        self.id = ""

    async def begin(self) -> None:
        """See Patient."""
        body = {"locale": "en", "notice": "bench"}
        async with self._client.post(f"{self._url}/conversations", json=body) as response:
            response.raise_for_status()
            started = await response.json()
        self.id = started["id"]
        self._headers = {"Authorization": f"Bearer {started['token']}"}
        self._reader = asyncio.create_task(self._read())
        self._reader.add_done_callback(self._tell)

    async def post(self, text: str, client_id: str | None = None) -> None:
        """Only hand the message over: committed when this returns."""
        body = {"id": client_id or str(uuid.uuid4()), "text": text}
        async with self._client.post(
            f"{self._url}/messages", json=body, headers=self._headers, timeout=ANSWER
        ) as response:
            response.raise_for_status()
            await response.read()

    async def say(self, text: str) -> None:
        """See Patient."""
        client_id = str(uuid.uuid4())
        done = asyncio.get_running_loop().create_future()
        self._waiting[client_id] = done
        await self.post(text, client_id)
        await asyncio.wait_for(done, ANSWER_WITHIN_S)

    async def leave(self) -> None:
        """See Patient."""
        if self._reader is not None:
            self._reader.cancel()
            with suppress(asyncio.CancelledError):
                await self._reader

    async def _read(self) -> None:
        after = 0
        while True:
            url = f"{self._url}/events/stream?after={after}"
            # A stream that breaks is opened again, as widgets do.
            with suppress(aiohttp.ClientError, asyncio.TimeoutError, OSError):
                async with self._client.get(
                    url, headers=self._headers, timeout=STREAM, read_bufsize=LINE_BYTES
                ) as response:
                    async for line in response.content:
                        if line.startswith(b"data: "):
                            after = self._note(json.loads(line[6:]))
            await asyncio.sleep(0.2)

    def _tell(self, reader: asyncio.Task[None]) -> None:
        """Whoever waits for an answer learns why none will come."""
        for waiting in self._waiting.values():
            if reader.cancelled():
                waiting.cancel()
            elif not waiting.done():
                waiting.set_exception(reader.exception() or EOFError("the stream ended"))

    def _note(self, event: dict[str, Any]) -> int:
        if event["type"] == "turn_done":
            waiting = self._waiting.pop(event["in_reply_to"], None)
            if waiting is not None and not waiting.done():
                waiting.set_result(None)
        return int(event["seq"])


def of(system: str, client: aiohttp.ClientSession, url: str) -> Patient:
    """A patient of `stock` or `product`."""
    kind: Callable[[aiohttp.ClientSession, str], Patient]
    kind = StockPatient if system == "stock" else ProductPatient
    return kind(client, url)
