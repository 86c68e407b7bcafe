"""A code that links a patient's Telegram chat to the record of a request; shown this once."""

from __future__ import annotations

from markupsafe import Markup
from starlette.responses import Response

from bot.channels.telegram import links
from bot.console.visit import Visit
from bot.consultations import audit, qr, queries
from bot.errors import InvalidInput


def issue(visit: Visit) -> Response:
    """The code, and where the bot's name is known its address and a picture to scan."""
    settings = visit.state.settings
    found = queries.case(visit.session, visit.number("request_id"))
    if not (settings.telegram_token and settings.internal_secret):
        raise InvalidInput("Telegram is not set up here", code="no_telegram")
    code = links.issue(settings, found.conversation.id)
    address = links.address(settings, code)
    audit.record(
        visit.session, visit.nurse.name, "request.link", f"request:{found.request.id}", ip=visit.ip
    )
    return visit.render(
        "link.html",
        request=found.request,
        conversation=found.conversation,
        code=code,
        address=address,
        picture=Markup(qr.picture(address)) if address else "",  # noqa: S704  made here
        minutes=links.VALID_S // 60,
    )
