"""The audit log, for auditors and administrators."""

from __future__ import annotations

import sqlalchemy as sa
from starlette.responses import Response

from bot.console.visit import Visit
from bot.consultations import audit
from bot.store.tables import AuditEntry

PAGE = 200
MAX_SEARCH_CHARS = 64


def show(visit: Visit) -> Response:
    """The newest rows, of one person or object where asked; the chain is checked on demand."""
    search = visit.request.query_params.get("search", "").strip()[:MAX_SEARCH_CHARS]
    verify = visit.request.query_params.get("verify") == "1"
    visit.audited("audit", search=search, verify=verify)
    return visit.render(
        "trail.html",
        rows=_rows(visit, search),
        search=search,
        verified=audit.verify(visit.session) if verify else None,
    )


def _rows(visit: Visit, search: str) -> list[AuditEntry]:
    query = sa.select(AuditEntry).order_by(AuditEntry.id.desc()).limit(PAGE)
    if search:
        query = query.where(
            sa.or_(
                AuditEntry.actor == search.lower(),
                AuditEntry.object == search,
                AuditEntry.action == search,
            )
        )
    return list(visit.session.execute(query).scalars())
