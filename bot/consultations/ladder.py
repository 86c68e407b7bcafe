"""The ladder: who is alerted next while nobody acknowledges, and when a silent owner loses it.

Which steps were taken stands in the request's history, so a restart forgets nothing and repeats
nothing: whatever fell due while the product was down is alerted at the first look afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable
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
from bot.errors import SettingsError
from bot.office import Office
from bot.store.tables import ConsultationRequest, RequestEntry

STARTS = ("opened", "raised", "released", "returned")
"""Entries of the history from which the minutes count."""
ALERTED = "alerted"
ALWAYS_THERE = Office.parse("", "", "")


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


def climb(
    session: Session, ladder: Ladder, moment: datetime, office: Office = ALWAYS_THERE
) -> list[Alert]:
    """Take every step that is due at `moment` and was not taken; each is returned once."""
    waiting = session.execute(
        sa.select(ConsultationRequest.id, ConsultationRequest.conversation_id)
        .where(
            ConsultationRequest.status != "closed",
            ConsultationRequest.acknowledged_at.is_(None),
            ConsultationRequest.priority.in_({*ladder.steps, *ladder.steps_while_closed}),
        )
        .order_by(ConsultationRequest.rank, ConsultationRequest.id)
    ).all()
    return [
        alert
        for request_id, conversation_id in waiting
        for alert in _climb_one(
            session, _Look(ladder, moment, office), request_id, conversation_id
        )
    ]


def return_silent(
    session: Session, ladder: Ladder, moment: datetime, texts: PatientTexts
) -> list[int]:
    """Give back to the queue what people leave silent while a patient waits; the requests' ids.

    That is what an owner claimed, and what somebody acknowledged and nobody claimed.
    """
    taken = session.execute(
        sa.select(ConsultationRequest).where(
            ConsultationRequest.status != "closed",
            sa.or_(
                ConsultationRequest.claimed_by.is_not(None),
                ConsultationRequest.acknowledged_at.is_not(None),
            ),
            ConsultationRequest.waiting_since.is_not(None),
        )
    ).scalars()
    silent = [
        request.id
        for request in taken
        if _last_sign(session, request) <= moment - ladder.silent[request.priority]
    ]
    for request_id in silent:
        lifecycle.give_back_for_silence(session, request_id, texts)
    return silent


@dataclass(frozen=True)
class _Look:
    """One look at everything that waits."""

    ladder: Ladder
    moment: datetime
    office: Office


def _climb_one(
    session: Session, look: _Look, request_id: int, conversation_id: str
) -> list[Alert]:
    """Under the conversation's lock, so that two processes never take the same step."""
    if not _due(session, look, request_id):
        return []
    messages.lock(session, conversation_id)
    due = _due(session, look, request_id)
    request = session.get(ConsultationRequest, request_id)
    for index, step in due:
        session.add(
            RequestEntry(
                request_id=request_id, at=look.moment, action=ALERTED,
                data={"step": index, "alerted": step.to},
            )
        )
        audit.record(
            session, SYSTEM, "request.alert", f"request:{request_id}",
            step=index, to=step.to,
        )
        events.tell_staff(
            session, "request_alerted", request_id=request_id, priority=request.priority,
            step=index, to=step.to,
        )
    return [
        Alert(request_id, request.reference, request.priority, index, step.to)
        for index, step in due
    ]


def _due(session: Session, look: _Look, request_id: int) -> list[tuple[int, Step]]:
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
