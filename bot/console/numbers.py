"""Figures for the lead and the content editor, as a page and as a table for other programs."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

from starlette.responses import Response

from bot.clock import now
from bot.console import pictures
from bot.console.visit import Visit
from bot.consultations import alerting, figures

DAYS = (1, 7, 30, 90)
DEFAULT_DAYS = 30
SEES_GAPS = frozenset({"lead", "content"})


def show(visit: Visit) -> Response:
    """The page."""
    days, until = _days(visit), now()
    since = until - timedelta(days=days)
    stretch = pictures.stretch(days)
    visit.audited("numbers", days=days)
    return visit.render(
        "numbers.html",
        days=days,
        choices=DAYS,
        lines=figures.by_priority(visit.session, since),
        stuck=alerting.stuck(visit.session),
        chart=pictures.opened(figures.over_time(visit.session, since, until, stretch)),
        stretch={1: "hour", 24: "day"}.get(stretch // timedelta(hours=1), "week"),
        bands=pictures.bands(figures.quickness(visit.session, since)),
        quick=list(figures.QUICK),
        limits={
            name: _spell(visit, limit.total_seconds()) for name, limit in figures.OVERDUE.items()
        },
        gaps=figures.gaps(visit.session, since) if visit.nurse.role in SEES_GAPS else None,
        spell=lambda seconds: _spell(visit, seconds),
    )


def export(visit: Visit) -> Response:
    """The same figures as CSV; seconds, no rounding."""
    days = _days(visit)
    visit.audited("numbers.csv", days=days)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        [
            "priority",
            "opened",
            "open_now",
            "overdue",
            "acknowledged",
            "acknowledged_median_s",
            "acknowledged_p90_s",
            "contacted",
            "contacted_median_s",
            "contacted_p90_s",
            "true_alarm",
            "false_alarm",
            "unsure",
        ]
    )
    for line in figures.by_priority(visit.session, now() - timedelta(days=days)):
        speeds = [
            value
            for speed in (line.acknowledged, line.contacted)
            for value in (speed.number, speed.median_s, speed.slow_s)
        ]
        writer.writerow(
            [line.name, line.opened, line.open_now, line.overdue, *speeds, *line.alarms.values()]
        )
    headers = {"content-disposition": f'attachment; filename="requests-{days}-days.csv"'}
    return Response(out.getvalue(), media_type="text/csv", headers=headers)


def _days(visit: Visit) -> int:
    asked = visit.request.query_params.get("days", "")
    return int(asked) if asked in {str(days) for days in DAYS} else DEFAULT_DAYS


def _spell(visit: Visit, seconds: float | None) -> str:
    if seconds is None:
        return visit.texts("numbers_none")
    for size, key in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= size:
            return visit.texts(f"duration_{key}", n=round(seconds / size))
    return visit.texts("duration_now")
