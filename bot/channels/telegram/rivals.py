"""Another receiver with the same token: who came second stops, who was first goes on."""

from __future__ import annotations

import time
from collections.abc import Callable

BORNE = 3
"""Conflicts a newcomer bears: a receiver that was just killed may still have a call open."""
NEW_S = 60.0
"""A receiver that was alone for so long was here first."""
SERIES_S = 60.0


class Rivals:
    """Counts the conflicts of the last minute."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._started = clock()
        self._met: list[float] = []
        self._second = False

    def met(self) -> bool:
        """Note a conflict; True when this receiver is the second one and has to stop."""
        at = self._clock()
        self._met = [one for one in self._met if at - one < SERIES_S]
        if not self._met:
            self._second = at - self._started < NEW_S
        self._met.append(at)
        return self._second and len(self._met) > BORNE
