"""Updates that break or kill the process: tried again, then given to a person."""

from __future__ import annotations

from contextlib import suppress

import structlog

from bot.channels.telegram.arrivals import Arrival
from bot.channels.telegram.calls import Call
from bot.channels.telegram.reception import Reception
from bot.errors import Unavailable

PROCESSING_ATTEMPTS = 3
log = structlog.get_logger()


def take(reception: Reception, arrival: Arrival, attempts: int = PROCESSING_ATTEMPTS) -> list[Call]:
    """Take an update in; one that breaks us goes to a person. Raises Unavailable."""
    try:
        return reception.take(arrival)
    except Unavailable:
        raise
    except Exception:
        log.exception("telegram.update_broke_us", update_id=arrival.update_id)
        if attempts < PROCESSING_ATTEMPTS:
            raise Unavailable("the update could not be processed") from None
    return give_up(reception, arrival)


def take_carefully(reception: Reception, arrival: Arrival, attempts: int) -> list[Call]:
    """`take` for a process that may have just died of this update; raises Unavailable."""
    if reception.begin(arrival) > PROCESSING_ATTEMPTS:
        log.error("telegram.update_killed_us", update_id=arrival.update_id)
        return give_up(reception, arrival)
    try:
        return take(reception, arrival, attempts)
    except Unavailable:
        with suppress(Unavailable):
            reception.end(arrival)
        raise


def give_up(reception: Reception, arrival: Arrival) -> list[Call]:
    """One message must not stop the channel: a person reads it, or the patient hears the truth.

    Raises Unavailable.
    """
    for shown in (True, False):
        try:
            return reception.file_unread(arrival, shown=shown)
        except Unavailable:
            raise
        except Exception:
            log.exception("telegram.update_not_filed", update_id=arrival.update_id, shown=shown)
    return reception.drop(arrival)
