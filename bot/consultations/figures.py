"""Numbers for the lead: how fast people were reached, what is open, how often alarms were true."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.clock import now
from bot.consultations.opening import RANKS
from bot.consultations.outcomes import ALARMS, Outcome
from bot.store.tables import ConsultationRequest, Gap

OVERDUE = {
    "emergency": timedelta(minutes=10),
    "urgent": timedelta(minutes=60),
    "routine": timedelta(hours=24),
}
"""How long a patient may wait for a person before the request counts as overdue."""
GAPS = 50
QUICK = {
    "in_5": timedelta(minutes=5),
    "in_15": timedelta(minutes=15),
    "in_60": timedelta(minutes=60),
    "later": timedelta.max,
    "not_yet": None,
}
"""How quickly a request was acknowledged, in steps; the last: not at all."""


@dataclass(frozen=True)
class Speed:
    """Seconds from the request to an event, over the requests where it happened."""

    number: int
    median_s: float | None
    slow_s: float | None
    """Nine of ten were faster."""


@dataclass(frozen=True)
class Priority:
    """One priority's line."""

    name: str
    opened: int
    open_now: int
    overdue: int
    acknowledged: Speed
    contacted: Speed
    alarms: dict[str, int]

    @property
    def precision(self) -> float | None:
        """Share of true alarms among those judged true or false."""
        judged = self.alarms["true_alarm"] + self.alarms["false_alarm"]
        return self.alarms["true_alarm"] / judged if judged else None


def by_priority(session: Session, since: datetime) -> list[Priority]:
    """One line a priority, over the requests opened after `since` and all that are open."""
    rows = (
        session.execute(
            sa.select(ConsultationRequest).where(
                sa.or_(
                    ConsultationRequest.created_at >= since, ConsultationRequest.status != "closed"
                )
            )
        )
        .scalars()
        .all()
    )
    return [_line(name, [row for row in rows if row.priority == name], since) for name in RANKS]


def over_time(
    session: Session, since: datetime, until: datetime, stretch: timedelta
) -> list[tuple[datetime, dict[str, int]]]:
    """How many requests of each priority were opened in each stretch of time."""
    rows = session.execute(
        sa.select(ConsultationRequest.created_at, ConsultationRequest.priority).where(
            ConsultationRequest.created_at >= since, ConsultationRequest.created_at < until
        )
    ).all()
    number = -(-(until - since) // stretch)
    found = [(since + index * stretch, dict.fromkeys(RANKS, 0)) for index in range(number)]
    for created_at, priority in rows:
        found[(created_at - since) // stretch][1][priority] += 1
    return found


def quickness(session: Session, since: datetime) -> dict[str, dict[str, int]]:
    """Priority to how many requests were acknowledged how quickly."""
    rows = session.execute(
        sa.select(
            ConsultationRequest.priority,
            ConsultationRequest.created_at,
            ConsultationRequest.acknowledged_at,
        ).where(ConsultationRequest.created_at >= since)
    )
    found = {name: dict.fromkeys(QUICK, 0) for name in RANKS}
    for priority, created_at, acknowledged_at in rows:
        found[priority][_quick(created_at, acknowledged_at)] += 1
    return found


def _quick(created_at: datetime, acknowledged_at: datetime | None) -> str:
    if acknowledged_at is None:
        return "not_yet"
    took = acknowledged_at - created_at
    return next(name for name, limit in QUICK.items() if limit is not None and took <= limit)


def gaps(session: Session, since: datetime) -> list[Gap]:
    """Questions the guide did not answer, newest first."""
    return list(
        session.execute(
            sa.select(Gap).where(Gap.at >= since).order_by(Gap.id.desc()).limit(GAPS)
        ).scalars()
    )


def _line(name: str, rows: list[ConsultationRequest], since: datetime) -> Priority:
    recent = [row for row in rows if row.created_at >= since]
    waiting = [row for row in rows if row.status != "closed"]
    limit = now() - OVERDUE[name]
    outcomes = [Outcome.parse(row.outcome).alarm for row in recent if row.outcome]
    return Priority(
        name,
        opened=len(recent),
        open_now=len(waiting),
        overdue=sum(bool(row.waiting_since and row.waiting_since < limit) for row in waiting),
        acknowledged=_speed([(row.created_at, row.acknowledged_at) for row in recent]),
        contacted=_speed([(row.created_at, row.contacted_at) for row in recent]),
        alarms={alarm: outcomes.count(alarm) for alarm in ALARMS},
    )


def _speed(pairs: list[tuple[datetime, datetime | None]]) -> Speed:
    took = sorted((end - start).total_seconds() for start, end in pairs if end is not None)
    return Speed(len(took), _at(took, 0.5), _at(took, 0.9))


def _at(values: list[float], share: float) -> float | None:
    """The value that `share` of the sorted values do not exceed."""
    return values[min(len(values) - 1, int(len(values) * share))] if values else None
