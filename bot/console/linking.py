"""A code that links a patient's Telegram chat to the record of a request; shown this once."""

from __future__ import annotations

from markupsafe import Markup
from starlette.responses import Response

from bot.console.visit import Visit
from bot.consultations import qr, queries
from bot.errors import InvalidInput


def issue(visit: Visit) -> Response:
    """The code, and where the bot's name is known its address and a picture to scan."""
    settings = visit.state.settings
    found = queries.case(visit.session, visit.number("request_id"))
    if not (settings.telegram_token and settings.internal_secret):
        raise InvalidInput("Telegram is not set up here", code="no_telegram")
    from bot.channels.telegram import links  # noqa: PLC0415  its library takes 16 MB

    link = links.hand_out(visit.session, settings, found.request, to=visit.nurse.name, ip=visit.ip)
    return visit.render(
        "link.html",
        request=found.request,
        conversation=found.conversation,
        code=link.code,
        address=link.address,
        picture=Markup(qr.picture(link.address)) if link.address else "",  # noqa: S704  made here
        minutes=links.VALID_S // 60,
    )
