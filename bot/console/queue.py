"""The queue page and the part of it that follows the record live."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session
from starlette.responses import Response

from bot.console import preferences, views
from bot.console.visit import Visit
from bot.consultations import queries

OBJECT = "queue"
MAX_PAGE_CHARS = 6


def show(visit: Visit) -> Response:
    """The whole page; the chosen filter is remembered for this nurse."""
    which = _which(visit)
    if which in queries.FILTERS and which != visit.nurse.preferences.get("filter"):
        visit.after.append(lambda session: preferences.change(session, visit.nurse, filter=which))
    visit.audited(OBJECT, filter=which, searched=bool(_search(visit)))
    return visit.render("queue.html", **_content(visit))


def follow(visit: Visit) -> Response:
    """The same list as it is now, for a page that is open."""
    visit.check_pass(OBJECT)
    return visit.render("queue_live.html", **_content(visit))


def home(visit: Visit) -> Response:
    """Where somebody of this role starts."""
    starts = {
        "content": "/console/numbers",
        "administrator": "/console/people",
        "auditor": "/console/audit",
    }
    return visit.go(starts.get(visit.nurse.role, "/console/queue"))


def _content(visit: Visit) -> dict[str, Any]:
    which, search = _which(visit), _search(visit)
    page = _page(visit)
    items = queries.queue(visit.session, visit.nurse, which, search, page)
    return {
        "number": page,
        "more": len(items) > queries.PAGE,
        "which": which,
        "search": search,
        "filters": queries.FILTERS,
        "views": views.of(visit.nurse),
        "counts": queries.counts(visit.session, visit.nurse),
        "items": items[: queries.PAGE],
        "read": visit.nurse.preferences.get("read", {}),
        "live_pass": visit.pass_for(OBJECT),
    }


def _which(visit: Visit) -> str:
    """The filter asked for; a search without one looks everywhere, else it is the last one."""
    asked = visit.request.query_params.get("filter")
    if asked not in queries.FILTERS and _search(visit):
        return queries.EVERYTHING
    chosen = asked or visit.nurse.preferences.get("filter")
    return chosen if chosen in queries.FILTERS else queries.FILTERS[0]


def _page(visit: Visit) -> int:
    asked = visit.request.query_params.get("page", "")
    return max(1, int(asked)) if asked.isdecimal() and len(asked) <= MAX_PAGE_CHARS else 1


def _search(visit: Visit) -> str:
    return visit.request.query_params.get("search", "").strip()[: views.MAX_SEARCH_CHARS]


def mark_read(session: Session, visit: Visit, request_id: int, seq: int) -> None:
    """Remember up to which message this nurse has read a request."""
    read = visit.nurse.preferences.get("read", {})
    if read.get(str(request_id), -1) < seq:
        newest = dict(list({**read, str(request_id): seq}.items())[-preferences.MOST_READ :])
        preferences.change(session, visit.nurse, read=newest)
