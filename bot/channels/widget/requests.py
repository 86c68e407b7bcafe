"""Reading a request of the public API: token, body, fields; everything wrong is a clear 4xx."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from bot.conversation import conversations
from bot.errors import InvalidInput, NotSignedIn, TooLarge
from bot.settings import LOCALES, Settings
from bot.store import Database

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NOTICE = re.compile(r"[\w.:-]{1,32}", re.ASCII)
BYTES_PER_CHAR = 12
"""The most one character can take in JSON: an escaped surrogate pair."""
OVERHEAD_BYTES = 4_096
DRAIN_BYTES = 2_000_000
"""A body up to this size is read to its end, so that the sender gets the refusal."""
MAX_SEQ = 2**31 - 1


class UnsupportedMedia(InvalidInput):
    """The body is not declared as JSON."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    code = "unsupported_media_type"


def token(request: Request) -> str:
    """The bearer token; raises NotSignedIn when there is none."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not value.strip():
        raise NotSignedIn("send the conversation's token as 'Authorization: Bearer <token>'")
    return value.strip()


async def owner(request: Request) -> str:
    """The id of the conversation whose token was sent; raises NotSignedIn."""
    return await run_in_threadpool(_owner, request.app.state.database, token(request))


def _owner(database: Database, token: str) -> str:
    with database.read() as session:
        return conversations.id_by_token(session, token)


async def fields(request: Request) -> dict[str, Any]:
    """The JSON object in the body; raises InvalidInput, UnsupportedMedia or TooLarge."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json":
        raise UnsupportedMedia("send the body as application/json")
    settings: Settings = request.app.state.settings
    limit = settings.max_message_chars * BYTES_PER_CHAR + OVERHEAD_BYTES
    return parsed(await _body(request, limit))


def parsed(body: bytes) -> dict[str, Any]:
    """A JSON object from bytes; raises InvalidInput."""
    try:
        value = json.loads(body.decode("utf-8"))
    except UnicodeDecodeError:
        raise InvalidInput("the body is not valid UTF-8", code="invalid_utf8") from None
    except (ValueError, RecursionError):
        raise InvalidInput("the body is not valid JSON", code="invalid_json") from None
    if not isinstance(value, dict):
        raise InvalidInput("the body must be a JSON object", code="invalid_json")
    return value


async def _body(request: Request, limit: int) -> bytes:
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= limit:
            chunks.append(chunk)
        elif size > DRAIN_BYTES + limit:
            break
    if size > limit:
        raise TooLarge(f"the body is larger than {limit} bytes")
    return b"".join(chunks)


def text_field(body: dict[str, Any], name: str, *, required: bool = True) -> str | None:
    """A string field; raises InvalidInput when it is missing or not a string."""
    value = body.get(name)
    if value is None and not required:
        return None
    if value is None:
        raise InvalidInput(f"the field '{name}' is missing", code="missing_field")
    if not isinstance(value, str):
        raise InvalidInput(f"the field '{name}' must be a string", code="wrong_type")
    return value


def needed(body: dict[str, Any], name: str) -> str:
    """A string field that must be there."""
    value = text_field(body, name)
    assert value is not None  # noqa: S101  text_field raised otherwise
    return value


def message_id(body: dict[str, Any]) -> str:
    """The client's UUID of a message, in lower case."""
    value = needed(body, "id").lower()
    if not UUID.fullmatch(value):
        raise InvalidInput("the field 'id' must be a UUID made by the client", code="invalid_id")
    return value


def locale(body: dict[str, Any], default: str) -> str:
    """One of our languages; regional forms such as `es-MX` count as the language."""
    value = text_field(body, "locale", required=False) or default
    language = value.replace("_", "-").partition("-")[0].lower()
    if language not in LOCALES:
        raise InvalidInput(
            f"the field 'locale' must be one of {', '.join(LOCALES)}", code="unknown_locale"
        )
    return language


def notice(body: dict[str, Any]) -> str:
    """The version of the privacy notice the patient agreed to."""
    value = needed(body, "notice")
    if not NOTICE.fullmatch(value):
        raise InvalidInput("the field 'notice' must be a short version name", code="invalid_notice")
    return value


def seq(raw: str | None) -> int:
    """An event number from a query or header; absent is 0; raises InvalidInput."""
    if raw is None or not raw.strip():
        return 0
    if not (raw.isascii() and raw.isdecimal()) or len(raw) > len(str(MAX_SEQ)):
        raise InvalidInput("an event number must be a whole number from 0", code="invalid_seq")
    return min(int(raw), MAX_SEQ)
