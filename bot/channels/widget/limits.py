"""A brake on floods: so many calls at once and so many a minute, told apart by a key.

Kept in the memory of one web process. A red flag passes the brake on messages: triage reads what is
over the limit, one text of a conversation at a time, before it is sent away to come again.
"""

from __future__ import annotations

import asyncio
import ipaddress
import math
import time
from collections.abc import Callable
from weakref import WeakKeyDictionary

from starlette.applications import Starlette
from starlette.requests import Request

from bot.errors import TooMany
from bot.pace import KEYS, Buckets
from bot.settings import Settings

WRONG_CODES_A_MINUTE = 30


class Limit(Buckets):
    """Lets `a_minute` calls of a key through in the long run, and `burst` at once."""

    def __init__(
        self, a_minute: float, burst: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(a_minute / 60, burst, clock)

    def check(self, key: str) -> None:
        """Raises TooMany, with the time to wait, when this key calls too often."""
        wait = self.wait_s(key)
        if wait > 0:
            raise TooMany("too many calls; wait and try again", retry_after_s=math.ceil(wait))


class Limits:
    """The brakes of one application."""

    def __init__(self, settings: Settings) -> None:
        self.starts = Limit(settings.conversations_per_minute, settings.conversations_per_minute)
        self.messages = Limit(settings.messages_per_minute, settings.message_burst)
        self.codes = Limit(WRONG_CODES_A_MINUTE, WRONG_CODES_A_MINUTE)
        self._reading: dict[str, asyncio.Lock] = {}

    def reading(self, conversation_id: str) -> asyncio.Lock:
        """Held while triage reads a message over the limit: a flood cannot take all threads."""
        if len(self._reading) >= KEYS:
            self._reading = {key: lock for key, lock in self._reading.items() if lock.locked()}
        return self._reading.setdefault(conversation_id, asyncio.Lock())


_limits: WeakKeyDictionary[Starlette, Limits] = WeakKeyDictionary()


def of(request: Request) -> Limits:
    """The brakes of the application that serves this request."""
    app: Starlette = request.app
    if app not in _limits:
        _limits[app] = Limits(app.state.settings)
    return _limits[app]


def caller(request: Request) -> str | None:
    """The network a request comes from; None from this machine, as behind a silent proxy."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    if address.is_loopback:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
