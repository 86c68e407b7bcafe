"""`python -m bot requests`: what nurses work on, from the command line."""

from __future__ import annotations

import argparse
import json

import sqlalchemy as sa

from bot import parts
from bot.channels.telegram import links
from bot.consultations import queries
from bot.errors import NotFound
from bot.settings import Settings
from bot.store import Database
from bot.store.tables import ConsultationRequest


def arguments(parser: argparse.ArgumentParser) -> None:
    """list, as a table or as JSON; link."""
    actions = parser.add_subparsers(dest="action", required=True)
    listing = actions.add_parser("list", help="all requests, oldest first")
    listing.add_argument("--json", action="store_true")
    listing.add_argument("--open", action="store_true", help="leave out closed ones")
    link = actions.add_parser("link", help="a code that links a Telegram chat to a record")
    link.add_argument("reference", help="the request's reference")


def run(chosen: argparse.Namespace, settings: Settings) -> None:
    """Print them."""
    record = parts.database(settings)
    try:
        if chosen.action == "link":
            print(_link(record, settings, chosen.reference))  # noqa: T201
        else:
            _list(record, chosen)
    finally:
        record.close()


def _list(record: Database, chosen: argparse.Namespace) -> None:
    with record.read() as session:
        rows = queries.listing(session, include_closed=not chosen.open)
    if chosen.json:
        print(json.dumps(rows, indent=1))  # noqa: T201
        return
    for row in rows:
        signs = ", ".join(row["signs"])
        print(  # noqa: T201
            f"{row['reference']}  {row['priority']:<9}  {row['status']:<12}  "
            f"{row['created_at']}  {signs}"
        )


def _link(record: Database, settings: Settings, reference: str) -> str:
    """The code, or the address that holds it."""
    links.check(settings)
    with record.write() as session:
        request = session.execute(
            sa.select(ConsultationRequest).where(
                ConsultationRequest.reference == reference.strip().upper()
            )
        ).scalar_one_or_none()
        if request is None:
            raise NotFound(f"there is no request {reference}")
        link = links.hand_out(session, settings, request, to="system")
    return link.address or link.code
