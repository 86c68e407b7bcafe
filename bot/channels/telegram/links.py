"""Linking a chat to a patient's record: a code that works once, for half an hour.

The clinic gives it as https://t.me/<bot>?start=<code>. The code is the record's conversation and
a moment, with a keyed digest; that it was used is an event of that conversation, so no table of
codes is needed. Without a code a chat is nobody's.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
import time
from binascii import Error as NotBase64
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.channels.telegram.desk import Desk
from bot.consultations import audit
from bot.conversation import events, messages
from bot.errors import InvalidInput, NotFound
from bot.settings import Settings
from bot.store.tables import ConsultationRequest, Conversation, Event

VALID_S = 30 * 60
DIGEST_BYTES = 16
BODY = struct.Struct(">16sI")
CODE = re.compile(r"[A-Za-z0-9_-]{48}")
LINKED = "linked"
DETAILS = ("patient_name", "patient_phone", "operation_date")


@dataclass(frozen=True)
class Link:
    """A code, and where to tap for it; no address when the bot's name was not configured."""

    code: str
    address: str


def hand_out(
    session: Session,
    settings: Settings,
    request: ConsultationRequest,
    to: str,
    *,
    ip: str | None = None,
) -> Link:
    """A code for the record of this request; that it was made is audited."""
    check(settings)
    code = issue(settings, request.conversation_id)
    audit.record(session, to, "request.link", f"request:{request.id}", ip=ip)
    return Link(code, address(settings, code))


def check(settings: Settings) -> None:
    """Raises InvalidInput where no code can be made."""
    if not settings.internal_secret:
        raise InvalidInput(
            "INTERNAL_SECRET must be set, to the same value as for the running product"
        )


def issue(settings: Settings, conversation_id: str, at_s: float | None = None) -> str:
    """A code for the record of this conversation; at most 64 characters, as Telegram allows."""
    at = int(time.time() if at_s is None else at_s)
    body = BODY.pack(bytes.fromhex(conversation_id), at)
    return base64.urlsafe_b64encode(body + _digest(settings.internal_secret, body)).decode()


def address(settings: Settings, code: str) -> str:
    """Where a patient taps to use the code; empty when the bot's name was not configured."""
    name = settings.telegram_name.lstrip("@")
    return f"https://t.me/{name}?start={code}" if name else ""


def looks_like_code(argument: str) -> bool:
    """Whether this is a code (good or bad) rather than words."""
    return CODE.fullmatch(argument) is not None


def use(desk: Desk, code: str) -> None:
    """Take over the record's details, once; the patient reads whether it worked."""
    source = _source(desk, code)
    if source is None:
        desk.say(desk.text("link_invalid"))
        return
    for name in DETAILS:
        setattr(desk.conversation, name, getattr(source, name) or getattr(desk.conversation, name))
    events.append(desk.session, source, LINKED, data={"code": _fingerprint(code)})
    desk.say(desk.text("linked"))


def _source(desk: Desk, code: str) -> Conversation | None:
    secret = desk.secret
    raw = _decoded(code)
    body, digest = raw[: BODY.size], raw[BODY.size :]
    if not secret or not hmac.compare_digest(digest, _digest(secret, body)):
        return None
    conversation_id, at = BODY.unpack(body)
    if not 0 <= time.time() - at <= VALID_S:
        return None
    try:
        source = messages.lock(desk.session, conversation_id.hex())
    except NotFound:
        return None
    return None if _used(desk, source, code) else source


def _used(desk: Desk, source: Conversation, code: str) -> bool:
    used = desk.session.execute(
        sa.select(Event.data).where(Event.conversation_id == source.id, Event.type == LINKED)
    ).scalars()
    return any(data.get("code") == _fingerprint(code) for data in used)


def _decoded(code: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(code)
    except NotBase64:
        return b""


def _digest(secret: str, body: bytes) -> bytes:
    return hmac.digest(secret.encode(), b"telegram-link:" + body, hashlib.sha256)[:DIGEST_BYTES]


def _fingerprint(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()[:32]
