"""How often something may happen: so many at once and so many in the long run, also by key."""

from __future__ import annotations

import time
from collections.abc import Callable

KEYS = 10_000
"""So many keys are remembered before those that owe nothing are forgotten."""


class Bucket:
    """Lets `burst` through at once and `rate_per_s` in the long run, in the order of asking."""

    __slots__ = ("_interval_s", "_paid_at_s", "_slack_s")

    def __init__(self, rate_per_s: float, burst: float) -> None:
        self._interval_s = 1 / rate_per_s
        self._slack_s = (burst - 1) / rate_per_s
        self._paid_at_s = float("-inf")

    def wait_s(self, at_s: float) -> float:
        """How long the next one would have to wait; 0 when it may come now."""
        return max(0.0, self._paid_at_s - self._slack_s - at_s)

    def take(self, at_s: float) -> float:
        """Take a place and say how long to wait for it."""
        wait_s = self.wait_s(at_s)
        self._paid_at_s = max(at_s, self._paid_at_s) + self._interval_s
        return wait_s

    def idle(self, at_s: float) -> bool:
        """Whether it is as good as new."""
        return self._paid_at_s <= at_s


class Buckets:
    """A bucket for each key."""

    def __init__(
        self, rate_per_s: float, burst: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate_per_s, self._burst = rate_per_s, burst
        self._clock = clock
        self._kept: dict[str, Bucket] = {}

    def wait_s(self, key: str) -> float:
        """How long the next one of this key would have to wait; 0 when it may come now."""
        bucket = self._kept.get(key)
        return bucket.wait_s(self._clock()) if bucket else 0.0

    def take(self, key: str) -> float:
        """One more of this key; how long it has to wait."""
        at_s = self._clock()
        if key not in self._kept:
            self._forget(at_s)
            self._kept[key] = Bucket(self._rate_per_s, self._burst)
        return self._kept[key].take(at_s)

    def __len__(self) -> int:
        return len(self._kept)

    def _forget(self, at_s: float) -> None:
        if len(self._kept) >= KEYS:
            self._kept = {key: one for key, one in self._kept.items() if not one.idle(at_s)}
