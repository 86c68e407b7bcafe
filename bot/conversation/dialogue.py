"""Asking the dialogue process (Rasa on loopback) what to say next."""

from __future__ import annotations

import asyncio
import json
import zlib
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol

import aiohttp

from bot.settings import SECRET_HEADER, Settings

CONNECT_S = 1.0
KEEP_S = 2.0
"""An unused connection is closed by us, before the dialogue does it (after 5 s) under a turn."""


class DialogueUnavailable(Exception):
    """It did not answer, in time or at all; asking again later makes sense."""


class DialogueFailed(Exception):
    """It answered that it cannot serve this turn; asking again would give the same."""


@dataclass(frozen=True)
class Turned:
    """What the dialogue decided: `replies` to say and `effects` to carry out, in order."""

    steps: list[dict[str, Any]]


class Answers(Protocol):
    """Whatever answers turns; the dialogue, or something around it."""

    async def turn(self, call: dict[str, object]) -> Turned:
        """What is said to a message."""

    async def close(self) -> None:
        """Give back what is held."""


class Dialogue:
    """A client of the dialogue processes; every call has a deadline.

    A conversation stays with one of them, which remembers it; where that one cannot be reached,
    the next one takes the turn.
    """

    def __init__(self, settings: Settings) -> None:
        self._urls = settings.rasa_urls
        self._timeout = aiohttp.ClientTimeout(settings.answer_deadline_s, sock_connect=CONNECT_S)
        self._headers = {SECRET_HEADER: settings.internal_secret}
        self._session: aiohttp.ClientSession | None = None

    async def turn(self, call: dict[str, object]) -> Turned:
        """One turn; raises DialogueUnavailable or DialogueFailed."""
        status, content = await self._ask(call)
        if status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.CONFLICT):
            raise DialogueUnavailable(f"status {status}")
        if status != HTTPStatus.OK:
            raise DialogueFailed(f"status {status}")
        try:
            return Turned(json.loads(content)["steps"])
        except (ValueError, KeyError, TypeError) as error:
            raise DialogueFailed("an answer that cannot be read") from error

    async def _ask(self, call: dict[str, object]) -> tuple[int, bytes]:
        for url in self._order(str(call["conversation"])):
            try:
                async with self._opened().post(f"{url}/turn", json=call) as answer:
                    return answer.status, await answer.read()
            except aiohttp.ClientConnectorError:
                continue  # nothing was begun there
            except (aiohttp.ClientError, asyncio.TimeoutError) as error:
                raise DialogueUnavailable(type(error).__name__) from error
        raise DialogueUnavailable("no dialogue process is reached")

    def _opened(self) -> aiohttp.ClientSession:
        """The connections of the loop that is running now."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(keepalive_timeout=KEEP_S),
                timeout=self._timeout,
                headers=self._headers,
            )
        return self._session

    def _order(self, conversation: str) -> list[str]:
        first = zlib.crc32(conversation.encode()) % len(self._urls)
        return self._urls[first:] + self._urls[:first]

    async def close(self) -> None:
        """Give back the connections."""
        if self._session is not None:
            await self._session.close()
