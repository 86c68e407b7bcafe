"""A brake on floods: so many calls at once and so many a minute, told apart by a key.

Kept in the memory of one web process. A red flag passes the brake on messages: triage reads what is
over the limit, one text of a conversation at a time, before it is sent away to come again.
"""

from __future__ import annotations

import asyncio
import ipaddress
import math
from time import monotonic
from weakref import WeakKeyDictionary

from starlette.applications import Starlette
from starlette.requests import Request

from bot.errors import TooMany
from bot.settings import Settings

WRONG_CODES_A_MINUTE = 30
KEYS = 10_000
"""So many callers are remembered before those that owe nothing are forgotten."""


class Limit:
    """Lets `a_minute` calls of a key through in the long run, and `burst` at once."""

    def __init__(self, a_minute: float, burst: int) -> None:
        self._interval_s = 60 / a_minute
        self._slack_s = self._interval_s * (burst - 1)
        self._free_at: dict[str, float] = {}

    def wait_s(self, key: str) -> float:
        """How long this key has to wait before its next call; 0 when it may come now."""
        return max(0.0, self._free_at.get(key, 0.0) - self._slack_s - monotonic())

    def count(self, key: str) -> None:
        """One more call of this key."""
        at = monotonic()
        if len(self._free_at) >= KEYS:
            self._free_at = {name: free for name, free in self._free_at.items() if free > at}
        self._free_at[key] = max(at, self._free_at.get(key, 0.0)) + self._interval_s

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
