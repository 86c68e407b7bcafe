"""One receiver at a time on this machine: a lock that the system releases when its owner dies."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.errors import Conflict


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Hold the lock for the length of the block; raises Conflict when another process has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(
                f"another Telegram receiver is running here (it holds {path}): "
                "stop that one first, or leave this one out",
                code="second_receiver",
            ) from None
        yield


def held(path: Path) -> bool:
    """Whether a receiver is running on this machine."""
    try:
        with only_one(path):
            return False
    except Conflict:
        return True
