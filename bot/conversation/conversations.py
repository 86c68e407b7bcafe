"""Starting a conversation and finding it again; identity is a token that we make."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.clock import now
from bot.errors import NotSignedIn
from bot.store.tables import Conversation

TOKEN_BYTES = 32
ID_BYTES = 16
ID_BY_TOKEN = sa.select(Conversation.id).where(Conversation.token_hash == sa.bindparam("hash"))


@dataclass(frozen=True)
class Started:
    """A new conversation; the token is shown once and stored only as a hash."""

    id: str
    token: str


def start(
    session: Session,
    *,
    channel: str,
    locale: str,
    notice_version: str | None = None,
    channel_ref: str | None = None,
) -> Started:
    """Make a conversation with a random 128-bit id and a 256-bit token."""
    started = Started(secrets.token_hex(ID_BYTES), secrets.token_urlsafe(TOKEN_BYTES))
    session.add(
        Conversation(
            id=started.id,
            token_hash=token_hash(started.token),
            channel=channel,
            channel_ref=channel_ref,
            locale=locale,
            notice_version=notice_version,
            created_at=now(),
        )
    )
    session.flush()
    return started


def by_token(session: Session, token: str) -> Conversation:
    """The conversation this token belongs to; raises NotSignedIn."""
    found: Conversation = session.get(Conversation, id_by_token(session, token))
    return found


def id_by_token(session: Session, token: str) -> str:
    """The id of the conversation this token belongs to; raises NotSignedIn."""
    found: str | None = session.execute(ID_BY_TOKEN, {"hash": token_hash(token)}).scalar()
    if found is None:
        raise NotSignedIn("this conversation does not exist or has ended")
    return found


def by_channel_ref(session: Session, channel: str, channel_ref: str) -> Conversation | None:
    """The conversation of a chat on another service, if it was started."""
    found: Conversation | None = session.execute(
        sa.select(Conversation).where(
            Conversation.channel == channel, Conversation.channel_ref == channel_ref
        )
    ).scalar_one_or_none()
    return found


def token_hash(token: str) -> str:
    """What we store instead of a token (SHA-256, hex): tokens are random, no salt is needed."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
