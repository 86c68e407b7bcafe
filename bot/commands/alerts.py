"""`python -m bot alerts test`: whether alerts reach the staff."""

from __future__ import annotations

import argparse

from bot.consultations import alerting
from bot.settings import Settings


def arguments(parser: argparse.ArgumentParser) -> None:
    """Test."""
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("test", help="send a test to every configured address")


def run(_chosen: argparse.Namespace, settings: Settings) -> int:
    """One line an address; 1 when one of them did not take it."""
    results = alerting.try_all(settings)
    if not results:
        print(  # noqa: T201
            "No address is configured: set ALERT_WEBHOOK, ALERT_EMAIL_TO or ALERT_TELEGRAM_NURSES."
        )
        return 1
    for way, address, error in results:
        shown = "the configured address" if way == "webhook" else address
        print(  # noqa: T201
            f"{'WRONG: ' if error else 'ok:    '}{way} to {shown}" + (f": {error}" if error else "")
        )
    return int(any(error for _, _, error in results))
