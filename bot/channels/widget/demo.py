"""A page a clinic would recognise, with the widget in it; served outside production only."""

from __future__ import annotations

import html
import string
from functools import lru_cache

import yaml
from starlette.requests import Request
from starlette.responses import Response

from bot.channels.widget import script
from bot.channels.widget.origins import listed
from bot.errors import NotFound
from bot.settings import LOCALES, Settings

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors "
)


async def page(request: Request) -> Response:
    """GET / and GET /demo, in the language of `?lang=`."""
    settings: Settings = request.app.state.settings
    if settings.production:
        raise NotFound("there is no demonstration page in production")
    wanted = request.query_params.get("lang", settings.locale)
    locale = wanted if wanted in LOCALES else settings.locale
    return Response(
        _page(locale, settings.clinic_name),
        media_type="text/html; charset=utf-8",
        headers={
            "Content-Security-Policy": POLICY + _framing(settings.allowed_origins),
            "Cache-Control": "no-cache",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        },
    )


def _framing(allowed_origins: str) -> str:
    """The sites that may show the page in a frame: those that may embed the widget."""
    return " ".join(sorted(listed(allowed_origins))) or "'none'"


async def style(request: Request) -> Response:
    """GET /demo.css."""
    return script.send(request, script.static("demo.css", "text/css; charset=utf-8"))


@lru_cache(maxsize=8)
def _page(locale: str, clinic: str) -> str:
    words = yaml.safe_load((script.STATIC / "demo.yml").read_text("utf-8"))[locale]
    template = string.Template((script.STATIC / "demo.html").read_text("utf-8"))
    name = clinic or words["clinic"]
    escaped = {key: html.escape(value) for key, value in {**words, "clinic": name}.items()}
    return template.substitute(escaped, lang=locale)
