"""Asking the dialogue process (Rasa on loopback) what to say next."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from bot.settings import Settings

SECRET_HEADER = "X-Internal-Secret"  # noqa: S105  the header's name


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
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(settings.answer_deadline_s, connect=1.0),
            headers={SECRET_HEADER: settings.internal_secret},
            trust_env=False,
        )

    async def turn(self, call: dict[str, object]) -> Turned:
        """One turn; raises DialogueUnavailable or DialogueFailed."""
        response = await self._ask(call)
        if response.status_code in (httpx.codes.SERVICE_UNAVAILABLE, httpx.codes.CONFLICT):
            raise DialogueUnavailable(f"status {response.status_code}")
        if response.status_code != httpx.codes.OK:
            raise DialogueFailed(f"status {response.status_code}")
        try:
            return Turned(response.json()["steps"])
        except (ValueError, KeyError, TypeError) as error:
            raise DialogueFailed("an answer that cannot be read") from error

    async def _ask(self, call: dict[str, object]) -> httpx.Response:
        for url in self._order(str(call["conversation"])):
            try:
                return await self._client.post(f"{url}/turn", json=call)
            except httpx.ConnectError:
                continue  # nothing was begun there
            except httpx.HTTPError as error:
                raise DialogueUnavailable(type(error).__name__) from error
        raise DialogueUnavailable("no dialogue process is reached")

    def _order(self, conversation: str) -> list[str]:
        first = zlib.crc32(conversation.encode()) % len(self._urls)
        return self._urls[first:] + self._urls[:first]

    async def close(self) -> None:
        """Give back the connections."""
        await self._client.aclose()
