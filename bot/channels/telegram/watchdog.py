"""Ending a process that hangs in one update; started again, it counts and gives up on that one.

The standard library's watchdog needs neither our event loop nor the interpreter's lock, which an
endless regular expression would hold.
"""

from __future__ import annotations

import faulthandler
from collections.abc import Iterator
from contextlib import contextmanager

STUCK_AFTER_S = 120.0
"""Longer than a database that does not answer takes to say so."""


class Watchdog:
    """Armed while updates are processed; `feed` says that one was begun or finished."""

    def __init__(self, stuck_after_s: float = STUCK_AFTER_S) -> None:
        self._stuck_after_s = stuck_after_s

    def feed(self) -> None:
        """Begin to count anew."""
        faulthandler.dump_traceback_later(self._stuck_after_s, exit=True)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Armed for the length of the block."""
        self.feed()
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()
