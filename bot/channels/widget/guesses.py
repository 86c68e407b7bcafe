"""A brake on guessing codes: so many wrong ones in a while, for all callers together."""

from __future__ import annotations

from collections import deque
from time import monotonic

from bot.errors import TooMany

LIMIT = 30
PERIOD_S = 60.0


class Guesses:
    """Remembers when wrong codes came in."""

    def __init__(self) -> None:
        self._wrong: deque[float] = deque(maxlen=LIMIT)

    def check(self) -> None:
        """Raises TooMany when too many were wrong lately."""
        if len(self._wrong) == LIMIT and monotonic() - self._wrong[0] < PERIOD_S:
            raise TooMany("too many wrong codes; wait a minute and try again")

    def wrong(self) -> None:
        """One more wrong code."""
        self._wrong.append(monotonic())
