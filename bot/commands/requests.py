"""`python -m bot requests list`."""

from __future__ import annotations

import argparse
import json

from bot import parts
from bot.consultations import queries
from bot.settings import Settings


def arguments(parser: argparse.ArgumentParser) -> None:
    """list, as a table or as JSON."""
    actions = parser.add_subparsers(dest="action", required=True)
    listing = actions.add_parser("list", help="all requests, oldest first")
    listing.add_argument("--json", action="store_true")
    listing.add_argument("--open", action="store_true", help="leave out closed ones")


def run(chosen: argparse.Namespace, settings: Settings) -> None:
    """Print them."""
    record = parts.database(settings)
    with record.read() as session:
        rows = queries.listing(session, include_closed=not chosen.open)
    record.close()
    if chosen.json:
        print(json.dumps(rows, indent=1))  # noqa: T201
        return
    for row in rows:
        signs = ", ".join(row["signs"])
        print(f"{row['reference']}  {row['priority']:<9}  {row['status']:<12}  {row['created_at']}  {signs}")  # noqa: E501, T201
