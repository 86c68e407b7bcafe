"""One request: the page, its live part, and every action a nurse takes on it."""

from __future__ import annotations

import uuid
from http import HTTPStatus

from starlette.responses import Response

from bot.console import canned, queue, transcript
from bot.console.visit import NURSES, Visit
from bot.consultations import accounts, lifecycle, outcomes, queries
from bot.errors import InvalidInput, ProductError

MAX_SEND_ID_CHARS = 50


def show(visit: Visit) -> Response:
    """The page; opening it is audited."""
    return _page(visit, "request.html")


def follow(visit: Visit) -> Response:
    """The live part as it is now, for a page that is open."""
    visit.check_pass(_object(visit))
    return _render(visit, queries.case(visit.session, visit.number("request_id")), "case_live.html")


def show_again(visit: Visit, error: ProductError) -> Response:
    """After a refused action: the request as it is now, what was wrong, what was typed."""
    return _page(visit, "request.html", status=error.status, error=error)


def acknowledge(visit: Visit) -> Response:
    """Alerts stop."""
    lifecycle.acknowledge(visit.session, visit.actor, visit.number("request_id"))
    return _back(visit)


def claim(visit: Visit) -> Response:
    """The nurse owns the request from now on."""
    lifecycle.claim(visit.session, visit.actor, visit.number("request_id"), visit.patient_texts)
    return _back(visit)


def take_over(visit: Visit) -> Response:
    """The nurse owns it instead of a colleague."""
    lifecycle.take_over(
        visit.session,
        visit.actor,
        visit.number("request_id"),
        visit.patient_texts,
        version=visit.number("version"),
    )
    return _back(visit)


def assign(visit: Visit) -> Response:
    """A colleague owns it from now on."""
    lifecycle.assign(
        visit.session,
        visit.actor,
        visit.number("request_id"),
        visit.number("nurse"),
        visit.patient_texts,
        version=visit.number("version"),
    )
    return _back(visit)


def release(visit: Visit) -> Response:
    """Back to the queue."""
    lifecycle.release(visit.session, visit.actor, visit.number("request_id"), visit.patient_texts)
    return _back(visit)


def reply(visit: Visit) -> Response:
    """A message to the patient."""
    send_id = visit.form.get("send_id", "")
    if not 0 < len(send_id) <= MAX_SEND_ID_CHARS:
        raise InvalidInput("the form is not complete")
    lifecycle.reply(
        visit.session,
        visit.actor,
        visit.number("request_id"),
        visit.form.get("text", ""),
        visit.patient_texts,
        send_id=f"nurse-{send_id}",
        seen=visit.number("seen"),
    )
    return _back(visit, "#reply")


def called(visit: Visit) -> Response:
    """The nurse spoke to the patient on the telephone."""
    lifecycle.called(visit.session, visit.actor, visit.number("request_id"))
    return _back(visit)


def hold(visit: Visit) -> Response:
    """The assistant is silent."""
    lifecycle.hold(visit.session, visit.actor, visit.number("request_id"), visit.patient_texts)
    return _back(visit)


def hand_back(visit: Visit) -> Response:
    """The assistant answers again."""
    lifecycle.hand_back(visit.session, visit.actor, visit.number("request_id"), visit.patient_texts)
    return _back(visit)


def close(visit: Visit) -> Response:
    """The end, with an outcome."""
    alarm, contact = visit.form.get("alarm", ""), visit.form.get("contact", "")
    lifecycle.close(
        visit.session,
        visit.actor,
        visit.number("request_id"),
        visit.patient_texts,
        outcome=f"{alarm}.{contact}" if alarm else contact,
        note=visit.form.get("note", ""),
        version=visit.number("version"),
        seen=visit.number("seen"),
    )
    return _back(visit)


def note(visit: Visit) -> Response:
    """A private note."""
    lifecycle.note(
        visit.session, visit.actor, visit.number("request_id"), visit.form.get("text", "")
    )
    return _back(visit, "#notes")


def send_again(visit: Visit) -> Response:
    """A message that did not reach the patient is sent once more."""
    lifecycle.retry_delivery(
        visit.session, visit.actor, visit.number("request_id"), visit.number("message")
    )
    return _back(visit)


def _page(
    visit: Visit, template: str, status: int = HTTPStatus.OK, error: ProductError | None = None
) -> Response:
    found = queries.case(visit.session, visit.number("request_id"))
    seen = found.seen
    if error is None:
        visit.audited(_object(visit))
    visit.after.append(lambda session: queue.mark_read(session, visit, found.request.id, seen))
    return _render(visit, found, template, status, error)


def _render(
    visit: Visit,
    found: queries.Case,
    template: str,
    status: int = HTTPStatus.OK,
    error: ProductError | None = None,
) -> Response:
    request = found.request
    return visit.render(
        template,
        status=status,
        case=found,
        request=request,
        conversation=found.conversation,
        lines=transcript.lines(found),
        owner=found.nurses.get(request.claimed_by),
        mine=request.claimed_by == visit.nurse.id,
        held=found.conversation.held_by is not None,
        colleagues=_colleagues(visit),
        alarms=outcomes.ALARMS if request.priority != "routine" else (),
        contacts=outcomes.CONTACTS,
        outcome=outcomes.Outcome.parse(request.outcome) if request.outcome else None,
        counts=queries.counts(visit.session, visit.nurse),
        live_pass=visit.pass_for(_object(visit)),
        canned=canned.replies(visit.state.settings, found.conversation.locale, visit.texts.locale),
        send_id=uuid.uuid4().hex,
        linkable=visit.state.settings.telegram_token != "",
        error=error,
        typed=visit.form if error else {},
        action=visit.request.url.path.rsplit("/", 1)[-1] if error else "",
    )


def _colleagues(visit: Visit) -> list[tuple[int, str]]:
    return [
        (nurse.id, nurse.display_name)
        for nurse in accounts.everybody(visit.session)
        if nurse.disabled_at is None and nurse.role in NURSES and nurse.id != visit.nurse.id
    ]


def _object(visit: Visit) -> str:
    return f"request:{visit.number('request_id')}"


def _back(visit: Visit, anchor: str = "") -> Response:
    return visit.go(f"/console/requests/{visit.number('request_id')}{anchor}")
