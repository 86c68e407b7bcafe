"""Templates: one environment, everything escaped, and what all pages share."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bot.clock import now
from bot.console import texts as console_texts
from bot.conversation import events
from bot.errors import ProductError

if TYPE_CHECKING:
    from bot.console.visit import Visit

HERE = Path(__file__).parent
STATIC = HERE / "static"
MINUTE, HOUR, DAY = 60, 3_600, 86_400


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The template environment; an unknown name in a template is an error."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["moment"] = moment
    made.globals["asset"] = asset
    return made


def page(visit: Visit, template: str, status: int, context: dict[str, Any]) -> Response:
    """A page for whoever visits."""
    login = visit.login
    shared = {
        "t": visit.texts,
        "locale": visit.texts.locale,
        "clinic": visit.state.settings.clinic_name,
        "nurse": login.nurse if login else None,
        "csrf": login.row.csrf if login else "",
        "path": visit.request.url.path,
        "position": 0 if visit.page.own_transactions else events.newest_position(visit.session),
        "shortcuts": bool(login and (login.nurse.preferences or {}).get("shortcuts", True)),
        "duration": lambda since: duration(visit, since),
        "day_after": lambda day: day_after(visit, day),
    }
    made = environment().get_template(template).render({**shared, **context})
    return HTMLResponse(made, status)


def without_record(request: Request, error: ProductError) -> Response:
    """What is shown while the database does not answer: nothing of it can be read."""
    made = _plain(request, error, "unavailable.html")
    made.headers["retry-after"] = "5"
    return made


def plain_error(request: Request, error: ProductError) -> Response:
    """An error page for whoever asks, without looking into the record."""
    return _plain(request, error, "error.html")


def _plain(request: Request, error: ProductError, template: str) -> Response:
    settings = request.app.state.settings
    texts = console_texts.load(settings.data / "console")[settings.locale]
    made = (
        environment()
        .get_template(template)
        .render(
            t=texts,
            locale=texts.locale,
            clinic=settings.clinic_name,
            nurse=None,
            csrf="",
            path=request.url.path,
            position=0,
            shortcuts=False,
            error=error,
        )
    )
    return HTMLResponse(made, error.status)


def moment(at: datetime, style: str = "time") -> Markup:
    """A moment as an element that the browser shows in its own zone; UTC without a script."""
    iso = at.isoformat(timespec="seconds")
    shown = at.strftime("%H:%M UTC" if style == "time" else "%Y-%m-%d %H:%M UTC")
    return Markup('<time datetime="{}" data-style="{}">{}</time>').format(iso, style, shown)


def duration(visit: Visit, since: datetime) -> str:
    """How long ago, in the largest unit that tells something."""
    seconds = max(0, int((now() - since) / timedelta(seconds=1)))
    for size, key in ((DAY, "days"), (HOUR, "hours"), (MINUTE, "minutes")):
        if seconds >= size:
            return visit.texts(f"duration_{key}", n=seconds // size)
    return visit.texts("duration_now")


def day_after(visit: Visit, operation: date) -> str:
    """`day 5 after surgery`, `surgery in 3 days`."""
    days = (now().date() - operation).days
    if days < 0:
        return visit.texts.count("surgery_in", -days)
    return visit.texts("surgery_today") if days == 0 else visit.texts("surgery_day", n=days)


@lru_cache(maxsize=16)
def asset(name: str) -> str:
    """The address of one of our own files; it changes when the file does."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/console/static/{name}?v={digest}"
