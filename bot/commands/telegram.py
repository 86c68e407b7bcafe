"""`python -m bot telegram check | setup | receive`."""

from __future__ import annotations

import argparse
import asyncio
import sys

from bot import logs, parts
from bot.channels.telegram import check, receiver, setup
from bot.errors import Conflict
from bot.settings import Settings
from bot.stopping import run_until_stopped
from bot.supervisor import TRY_LATER


def arguments(parser: argparse.ArgumentParser) -> None:
    """What to do."""
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("check", help="say what is right and wrong")
    actions.add_parser("setup", help="set commands and descriptions in three languages")
    actions.add_parser("receive", help="only the receiving process")


def run(chosen: argparse.Namespace, settings: Settings) -> int:
    """Do it."""
    if chosen.action == "receive":
        logs.configure(settings)
        record = parts.database(settings)
        try:
            run_until_stopped(receiver.run(settings, record, parts.intake(settings, record)))
        except Conflict as error:
            print(f"telegram: {error.message}", file=sys.stderr)  # noqa: T201
            return TRY_LATER
        return 0
    step = check.check if chosen.action == "check" else setup.setup
    lines = asyncio.run(step(settings))
    for line in lines:
        print(line)  # noqa: T201
    return 1 if chosen.action == "check" and check.failed(lines) else 0
