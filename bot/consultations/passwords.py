"""Passwords of console accounts: Argon2id hashes, one-time passwords, what is accepted."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot.consultations.opening import READABLE
from bot.errors import InvalidInput, Unavailable

MIN_CHARS = 12
MAX_CHARS = 200
MIN_DIFFERENT = 6
ONE_TIME_GROUPS = 4
ONE_TIME_GROUP_CHARS = 5

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""OWASP's parameters for Argon2id: 19 MiB, so that several sign-ins at once fit a small machine."""
_at_once = threading.BoundedSemaphore(3)
"""However many sign in, only so many hashes take memory at the same time."""
WAIT_S = 10.0
_NOBODY = _hasher.hash(secrets.token_hex())


def hashed(password: str) -> str:
    """An Argon2id hash with its own salt and parameters."""
    return _hasher.hash(password)


def matches(password: str, password_hash: str | None) -> bool:
    """Whether the password fits; takes as long for an account that does not exist.

    Raises Unavailable when too many others are being checked.
    """
    with _turn():
        try:
            return _hasher.verify(password_hash or _NOBODY, password) and password_hash is not None
        except (VerificationError, InvalidHashError):
            return False


@contextmanager
def _turn() -> Iterator[None]:
    if not _at_once.acquire(timeout=WAIT_S):
        raise Unavailable("too many people sign in at once", code="busy")
    try:
        yield
    finally:
        _at_once.release()


def one_time() -> str:
    """A random password that is easy to read out (98 bits)."""
    return "-".join(
        "".join(secrets.choice(READABLE) for _ in range(ONE_TIME_GROUP_CHARS))
        for _ in range(ONE_TIME_GROUPS)
    )


def check(password: str, name: str) -> None:
    """Raise InvalidInput for a password that is short, simple, or holds the account's name."""
    if len(password) < MIN_CHARS:
        raise InvalidInput(f"use at least {MIN_CHARS} characters", code="password_short")
    if len(password) > MAX_CHARS:
        raise InvalidInput("the password is too long", code="password_long")
    if len(set(password)) < MIN_DIFFERENT or name.lower() in password.lower():
        raise InvalidInput("this password is too easy to guess", code="password_simple")
