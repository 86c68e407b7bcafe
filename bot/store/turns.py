"""Writers of one process take turns, first come first served.

SQLite's own wait for its write lock polls with growing pauses: under steady writing the one who
has waited longest is the likeliest to miss the gap, until its patience ends.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """A lock that is handed from holder to the longest waiting; not reentrant."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._taken = False

    @contextmanager
    def take(self, wait_s: float) -> Iterator[bool]:
        """Whether the turn came within `wait_s` seconds; it ends with the block."""
        came = self._acquire(wait_s)
        try:
            yield came
        finally:
            if came:
                self._release()

    def _acquire(self, wait_s: float) -> bool:
        with self._guard:
            if not self._taken:
                self._taken = True
                return True
            mine = threading.Event()
            self._waiting.append(mine)
        mine.wait(wait_s)
        with self._guard:
            if mine.is_set():  # also when it came in the last instant
                return True
            self._waiting.remove(mine)
            return False

    def _release(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._taken = False
