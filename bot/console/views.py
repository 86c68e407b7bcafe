"""Views of the queue a nurse has saved for herself: a name, a filter, words to search for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from bot.console import preferences
from bot.console.visit import Visit
from bot.consultations import audit, queries
from bot.errors import InvalidInput
from bot.store.tables import Nurse

MOST = 8
MAX_NAME_CHARS = 40
MAX_SEARCH_CHARS = 100
QUEUE = "/console/queue"


@dataclass(frozen=True)
class View:
    """One saved view."""

    name: str
    filter: str
    search: str

    @property
    def path(self) -> str:
        """Where it is opened."""
        chosen = {"filter": self.filter} if self.filter in queries.FILTERS else {}
        return f"{QUEUE}?{urlencode({**chosen, 'search': self.search})}"


def of(nurse: Nurse) -> list[View]:
    """The nurse's views, in the order she saved them."""
    return [View(**kept) for kept in _kept(nurse)]


def save(visit: Visit) -> Response:
    """Keep the filter and search of the page under a name; the same name again replaces it."""
    view = View(
        visit.form.get("name", "").strip()[:MAX_NAME_CHARS],
        visit.form.get("filter", ""),
        visit.form.get("search", "").strip()[:MAX_SEARCH_CHARS],
    )
    if not view.name or view.filter not in (*queries.FILTERS, queries.EVERYTHING):
        raise InvalidInput("a view needs a name and a filter", code="view_incomplete")
    kept = [other for other in _kept(visit.nurse) if other["name"] != view.name]
    if len(kept) >= MOST:
        raise InvalidInput("there are too many views", code="view_too_many")
    return _keep(visit, [*kept, vars(view)], view.path)


def remove(visit: Visit) -> Response:
    """Forget one."""
    name = visit.form.get("name", "")
    kept = [other for other in _kept(visit.nurse) if other["name"] != name]
    return _keep(visit, kept, QUEUE)


def _kept(nurse: Nurse) -> list[dict[str, Any]]:
    kept: list[dict[str, Any]] = (nurse.preferences or {}).get("views", [])
    return kept


def _keep(visit: Visit, kept: list[dict[str, Any]], path: str) -> Response:
    action = visit.page.audit
    assert action is not None  # noqa: S101  both actions declare one
    preferences.change(visit.session, visit.nurse, views=kept)
    audit.record(visit.session, visit.nurse.name, action, f"nurse:{visit.nurse.name}", ip=visit.ip)
    return visit.go(path)
