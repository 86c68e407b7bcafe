"""The ladder: who is alerted next while nobody acknowledges, and when a silent owner loses it.

Which steps were taken stands in the request's history, so a restart forgets nothing and repeats
nothing: whatever fell due while the product was down is alerted at the first look afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml
from sqlalchemy.orm import Session

from bot.consultations import audit, lifecycle
from bot.consultations.holding import PatientTexts
from bot.consultations.opening import RANKS
from bot.consultations.steps import SYSTEM
from bot.consultations.ways import AUDIENCES
from bot.conversation import events, messages
from bot.errors import NotFound, SettingsError
from bot.office import Office
from bot.store import Database
from bot.store.tables import ConsultationRequest, RequestEntry

STARTS = ("opened", "raised", "released", "returned")
"""Entries of the history from which the minutes count."""
ALERTED = "alerted"
ALWAYS_THERE = Office.parse("", "", "")
TAKEN = sa.select(ConsultationRequest).where(
    ConsultationRequest.status != "closed",
    sa.or_(
        ConsultationRequest.claimed_by.is_not(None),
        ConsultationRequest.acknowledged_at.is_not(None),
    ),
    ConsultationRequest.waiting_since.is_not(None),
)
"""Requests that somebody has while a patient waits."""


@dataclass(frozen=True)
class Step:
    """Whom to alert, how long after the request began to wait for an acknowledgement."""

    after: timedelta
    to: str


@dataclass(frozen=True)
class Alert:
    """One step that is due now: what a channel outside the browser needs, no patient's words."""

    request_id: int
    reference: str
    priority: str
    step: int
    to: str


Keep = Callable[[Session, list[Alert]], None]


@dataclass(frozen=True)
class Ladder:
    """The steps of each priority, and how long an owner may leave the patient waiting."""

    steps: dict[str, tuple[Step, ...]]
    silent: dict[str, timedelta]
    steps_while_closed: dict[str, tuple[Step, ...]]

    @classmethod
    def load(cls, path: Path) -> Ladder:
        """Read the file; raises SettingsError naming what is wrong."""
        try:
            content = yaml.safe_load(path.read_text("utf-8"))
            steps = _steps(content["steps"])
            closed = _steps(content.get("steps_while_closed", content["steps"]))
            silent = {
                priority: timedelta(minutes=minutes)
                for priority, minutes in content["silent_owner_minutes"].items()
            }
        except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
            raise SettingsError(f"{path} cannot be used: {error!r}") from None
        if silent.keys() != RANKS.keys():
            raise SettingsError(f"{path}: silent_owner_minutes needs {', '.join(RANKS)}")
        for each in (steps, closed):
            _check(path, each)
        return cls(steps, silent, closed)

    def for_one(self, priority: str, since: datetime, office: Office) -> tuple[Step, ...]:
        """The steps for a request that began to wait at `since`."""
        chosen = self.steps if office.is_open(since) else self.steps_while_closed
        return chosen.get(priority, ())


def _steps(content: dict[str, Any]) -> dict[str, tuple[Step, ...]]:
    return {
        priority: tuple(
            Step(timedelta(minutes=step["after_minutes"]), step["to"]) for step in found
        )
        for priority, found in content.items()
    }


def _check(path: Path, every: dict[str, tuple[Step, ...]]) -> None:
    used = {step.to for steps in every.values() for step in steps}
    if not used <= set(AUDIENCES) or not every.keys() <= RANKS.keys():
        raise SettingsError(f"{path}: steps name {', '.join(RANKS)} and {AUDIENCES}")
    for steps in every.values():
        if [step.after for step in steps] != sorted(step.after for step in steps):
            raise SettingsError(f"{path}: the steps of a priority go up in time")


@dataclass(frozen=True)
class Look:
    """One look at everything that waits."""

    ladder: Ladder
    moment: datetime
    office: Office = ALWAYS_THERE


def climb(database: Database, look: Look, keep: Keep | None = None) -> list[Alert]:
    """Take every step that is due and was not taken; each is returned once.

    Each request has a transaction of its own, in which `keep` takes its alerts: who has numbered an
    event of one conversation and waits for another one stops the writer who holds that one.
    """
    with database.read() as session:
        waiting = [one for one in _waiting(session, look.ladder) if _due(session, look, one)]
    alerts = []
    for request_id in waiting:
        with database.write() as session:
            found = _climb_one(session, look, request_id)
            if keep:
                keep(session, found)
        alerts += found
    return alerts


def return_silent(
    database: Database, ladder: Ladder, moment: datetime, texts: PatientTexts
) -> list[int]:
    """Give back to the queue what people leave silent while a patient waits; the requests' ids.

    That is what an owner claimed, and what somebody acknowledged and nobody claimed.
    """
    with database.read() as session:
        found = [one.id for one in session.scalars(TAKEN) if _silent(session, ladder, moment, one)]
    returned = []
    for request_id in found:
        with database.write() as session:
            if _give_back(session, ladder, moment, request_id, texts):
                returned.append(request_id)
    return returned


def _give_back(
    session: Session, ladder: Ladder, moment: datetime, request_id: int, texts: PatientTexts
) -> bool:
    """False when somebody did something meanwhile."""
    if not _locked(session, request_id):
        return False
    still = TAKEN.where(ConsultationRequest.id == request_id)
    request = session.scalars(still.execution_options(populate_existing=True)).one_or_none()
    if request is None or not _silent(session, ladder, moment, request):
        return False
    lifecycle.give_back_for_silence(session, request_id, texts)
    return True


def _silent(
    session: Session, ladder: Ladder, moment: datetime, request: ConsultationRequest
) -> bool:
    return _last_sign(session, request) <= moment - ladder.silent[request.priority]


def _waiting(session: Session, ladder: Ladder) -> list[int]:
    """Requests that nobody has acknowledged, the most urgent first."""
    return list(
        session.scalars(
            sa.select(ConsultationRequest.id)
            .where(
                ConsultationRequest.status != "closed",
                ConsultationRequest.acknowledged_at.is_(None),
                ConsultationRequest.priority.in_({*ladder.steps, *ladder.steps_while_closed}),
            )
            .order_by(ConsultationRequest.rank, ConsultationRequest.id)
        )
    )


def _locked(session: Session, request_id: int) -> bool:
    """Lock the request's conversation; False when it was deleted."""
    conversation_id = session.scalar(
        sa.select(ConsultationRequest.conversation_id).where(ConsultationRequest.id == request_id)
    )
    if conversation_id is None:
        return False
    try:
        messages.lock(session, conversation_id)
    except NotFound:
        return False
    return True


def _climb_one(session: Session, look: Look, request_id: int) -> list[Alert]:
    """Under the conversation's lock, so that two processes never take the same step."""
    due = _due(session, look, request_id) if _locked(session, request_id) else []
    request = session.get(ConsultationRequest, request_id) if due else None
    if request is None:
        return []
    for index, step in due:
        _take(session, look, request, index, step)
    return [
        Alert(request_id, request.reference, request.priority, index, step.to)
        for index, step in due
    ]


def _take(
    session: Session, look: Look, request: ConsultationRequest, index: int, step: Step
) -> None:
    session.add(
        RequestEntry(
            request_id=request.id,
            at=look.moment,
            action=ALERTED,
            data={"step": index, "alerted": step.to},
        )
    )
    audit.record(session, SYSTEM, "request.alert", f"request:{request.id}", step=index, to=step.to)
    events.tell_staff(
        session,
        "request_alerted",
        request_id=request.id,
        priority=request.priority,
        step=index,
        to=step.to,
    )


def _due(session: Session, look: Look, request_id: int) -> list[tuple[int, Step]]:
    request = session.execute(
        sa.select(ConsultationRequest)
        .where(ConsultationRequest.id == request_id)
        .execution_options(populate_existing=True)
    ).scalar_one()
    if request.acknowledged_at is not None or request.status == "closed":
        return []
    since, taken = _since(_history(session, request_id), request.created_at)
    steps = look.ladder.for_one(request.priority, since, look.office)
    return [
        (index, step)
        for index, step in enumerate(steps)
        if index not in taken and since + step.after <= look.moment
    ]


def _since(history: Iterable[RequestEntry], created_at: datetime) -> tuple[datetime, set[int]]:
    """From when the minutes count, and which steps were taken since."""
    since, taken = created_at, set[int]()
    for entry in history:
        if entry.action in STARTS:
            since, taken = entry.at, set()
        elif entry.action == ALERTED:
            taken.add(entry.data["step"])
    return since, taken


def _history(session: Session, request_id: int) -> list[RequestEntry]:
    return list(
        session.execute(
            sa.select(RequestEntry)
            .where(RequestEntry.request_id == request_id)
            .order_by(RequestEntry.id)
        ).scalars()
    )


def _last_sign(session: Session, request: ConsultationRequest) -> datetime:
    """When whoever has it last did something, or the patient began to wait, whichever is later."""
    who = request.claimed_by or request.acknowledged_by
    acted: datetime | None = session.execute(
        sa.select(sa.func.max(RequestEntry.at)).where(
            RequestEntry.request_id == request.id, RequestEntry.nurse_id == who
        )
    ).scalar()
    began: datetime = request.waiting_since
    return max(began, acted) if acted else began
