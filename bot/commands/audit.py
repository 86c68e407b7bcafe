"""`python -m bot audit verify`."""

from __future__ import annotations

import argparse

from bot import parts
from bot.consultations import audit
from bot.settings import Settings


def arguments(parser: argparse.ArgumentParser) -> None:
    """Only verify."""
    parser.add_subparsers(dest="action", required=True).add_parser("verify", help="walk the chain")


def run(_chosen: argparse.Namespace, settings: Settings) -> int:
    """Exit code 1 when a row was changed or removed."""
    record = parts.database(settings)
    with record.read() as session:
        verified = audit.verify(session)
    record.close()
    if verified.sound:
        print(f"{verified.rows} rows, chain sound, head {verified.head}")  # noqa: T201
        return 0
    print(f"the chain breaks at row {verified.broken_at}")  # noqa: T201
    return 1
