"""Going on with a conversation on another device: a short code, valid once and for minutes.

Nothing is stored for it. The code is the beginning of the conversation's id and a keyed digest of
the current token's hash and the time. Using it gives the conversation a new token, which makes
every code made before worthless and closes the conversation on the device it came from.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.clock import now
from bot.conversation import conversations
from bot.errors import NotFound
from bot.store.tables import Conversation

LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No characters that are mixed up when copied from one screen to another."""
PART = 6
ID_DIGITS = 7
"""Hexadecimal digits of the id in the code: 28 bits fit in six letters."""
GROUP = 4
WINDOW = timedelta(minutes=5)
WINDOWS = 3
"""A code is accepted in the window it was made in and the two after: 10 to 15 minutes."""


@dataclass(frozen=True)
class Code:
    """The code and the moment until which it surely works."""

    code: str
    expires_at: datetime


def make(conversation: Conversation, at: datetime | None = None) -> Code:
    """A code for the owner of this conversation to type on another device."""
    at = at or now()
    window = _window(at)
    letters = _letters(int(conversation.id[:ID_DIGITS], 16)) + _digest(conversation, window)
    grouped = "-".join(letters[i : i + GROUP] for i in range(0, len(letters), GROUP))
    return Code(grouped, at + WINDOW * (WINDOWS - 1))


def move(session: Session, code: str, at: datetime | None = None) -> conversations.Started:
    """Give the conversation a new token, within a write transaction; raises NotFound."""
    letters = "".join(ch for ch in code.upper() if ch in LETTERS)
    for conversation in _candidates(session, letters[:PART]):
        if _matches(conversation, letters[PART:], _window(at or now())):
            token = secrets.token_urlsafe(conversations.TOKEN_BYTES)
            conversation.token_hash = conversations.token_hash(token)
            return conversations.Started(conversation.id, token)
    raise NotFound("this code is wrong, used or too old", code="unknown_code")


def _candidates(session: Session, letters: str) -> list[Conversation]:
    number = 0
    for letter in letters:
        number = number * len(LETTERS) + LETTERS.index(letter)
    if len(letters) != PART or number >= 16**ID_DIGITS:
        return []
    low = f"{number:0{ID_DIGITS}x}"
    rows = session.execute(
        sa.select(Conversation)
        .where(
            Conversation.id >= low,
            Conversation.id <= low + "g",  # after every hexadecimal digit
            Conversation.token_hash.is_not(None),
        )
        .with_for_update()
    )
    return list(rows.scalars())


def _matches(conversation: Conversation, given: str, window: int) -> bool:
    return any(
        hmac.compare_digest(_digest(conversation, window - age), given) for age in range(WINDOWS)
    )


def _window(at: datetime) -> int:
    return int(at.timestamp() // WINDOW.total_seconds())


def _digest(conversation: Conversation, window: int) -> str:
    made = hmac.digest(
        conversation.token_hash.encode(), f"{conversation.id}:{window}".encode(), hashlib.sha256
    )
    return _letters(int.from_bytes(made[:8], "big") % len(LETTERS) ** PART)


def _letters(number: int) -> str:
    made = ""
    for _ in range(PART):
        number, index = divmod(number, len(LETTERS))
        made = LETTERS[index] + made
    return made
