"""One turn of a conversation at a time, also where several dialogue processes serve it.

Rasa's lock stores hand out tickets, and its own way of taking one waits until it is served: for a
minute behind a process that died in a turn, and for ever once the ticket waited with has expired.
Here nobody waits: a turn that finds its conversation taken is refused, and the dispatcher, which
keeps it, asks again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from rasa.core.lock_store import LockError, LockStore
from redis import RedisError

log = structlog.get_logger()


@contextmanager
def held(store: LockStore, conversation: str, seconds: float) -> Iterator[None]:
    """The conversation is ours inside the block; a process that dies there keeps it `seconds`.

    Raises LockError when another turn has it or the store is away.
    """
    ticket = store.issue_ticket(conversation, seconds)
    try:
        if _is_taken(store, conversation, ticket):
            raise LockError(f"conversation {conversation} is in another turn")
        yield
    finally:
        _give_back(store, conversation, ticket)


def _is_taken(store: LockStore, conversation: str, ticket: int) -> bool:
    try:
        lock = store.get_lock(conversation)
    except RedisError as error:
        raise LockError("the lock's server is away") from error
    return lock is None or bool(lock.is_locked(ticket))


def _give_back(store: LockStore, conversation: str, ticket: int) -> None:
    try:
        store.cleanup(conversation, ticket)
    except RedisError as error:  # the turn is over, and the ticket expires
        log.warning("locks.not_given_back", reason=type(error).__name__)
