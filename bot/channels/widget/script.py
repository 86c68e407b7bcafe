"""The one script a website includes, with the clinic's contacts and all texts inside.

The contacts travel in the script, so that the emergency line shows when the server is down.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from bot.channels.widget import strings
from bot.settings import Settings

STATIC = Path(__file__).parent / "static"
CACHE = "public, max-age=300, stale-if-error=604800"
"""Changed contacts reach every browser in minutes; with the server down the old script serves."""
SLOT = "/* SERVER */{}"
COMMENT = ("//", "/*", "*")
QUOTED_OR_SIGN = re.compile(
    r"""(?P<quoted>"(?:\\.|[^"\\\n])*"|`[^`\n]*`|/\*.*?\*/"""
    r"""|(?<=[(,=])\ ?/(?!\*)(?:\\.|\[(?:\\.|[^\]\n])*\]|[^/\\\n])*/)"""
    r"""|[ ]?(?P<sign>[=(){}\[\];,<>?:*&|!+-]+)[ ]?"""
)
"""Texts, patterns and the slot are left alone; the spaces beside signs go."""


@dataclass(frozen=True)
class Asset:
    """A file as it is sent."""

    body: bytes
    packed: bytes
    etag: str
    media_type: str


def _asset(body: bytes, media_type: str) -> Asset:
    etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    return Asset(body, gzip.compress(body, 9, mtime=0), etag, media_type)


@lru_cache(maxsize=8)
def script(settings: Settings) -> Asset:
    """widget.js with the configuration put in its place."""
    source = lean((STATIC / "widget.js").read_text("utf-8"))
    inside = json.dumps(configuration(settings), ensure_ascii=False, separators=(",", ":"))
    body = source.replace(SLOT, _safe(inside), 1)
    return _asset(body.encode(), "text/javascript; charset=utf-8")


@lru_cache(maxsize=8)
def static(name: str, media_type: str) -> Asset:
    """A file of the static folder."""
    return _asset((STATIC / name).read_bytes(), media_type)


def configuration(settings: Settings) -> dict[str, Any]:
    """What the script knows without asking the server."""
    return {
        "clinic": settings.clinic_name,
        "phone": settings.clinic_phone,
        "hours": settings.clinic_hours,
        "outOfHours": settings.out_of_hours,
        "emergency": settings.emergency_number,
        "locale": settings.locale,
        "notice": strings.notice_version(),
        "privacy": settings.privacy_url,
        "maxChars": settings.max_message_chars,
        "css": lean_style((STATIC / "widget.css").read_text("utf-8")),
        "strings": strings.load(),
    }


def lean(source: str) -> str:
    """The script without indentation, comment lines, and spaces around signs.

    Line ends stay, and so does everything in quotes. Safe for our own source, which has no text
    over several lines; a test compares the two.
    """
    lines = (line.strip() for line in source.splitlines())
    kept = "\n".join(line for line in lines if line and not line.startswith(COMMENT))
    return QUOTED_OR_SIGN.sub(lambda found: found["quoted"] or found["sign"], kept)


def lean_style(source: str) -> str:
    """The style sheet without the white space that only people need."""
    return re.sub(r"\s*([{};,])\s*|(?<=:) ", r"\1", " ".join(source.split())).replace(";}", "}")


def _safe(inside: str) -> str:
    """JSON that is a JavaScript literal in every engine and cannot end a script element."""
    return inside.replace("</", "<\\/").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


async def serve_script(request: Request) -> Response:
    """GET /widget.js."""
    return send(request, script(request.app.state.settings))


async def serve_style(request: Request) -> Response:
    """GET /widget.css: for browsers that cannot take a style sheet from a script."""
    return send(request, static("widget.css", "text/css; charset=utf-8"))


def send(request: Request, asset: Asset) -> Response:
    """The file, packed where the browser takes that, or 304 when it has it already."""
    headers = {
        "ETag": asset.etag,
        "Cache-Control": CACHE,
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    if asset.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    body = asset.body
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        body = asset.packed
    return Response(body, headers=headers, media_type=asset.media_type)
