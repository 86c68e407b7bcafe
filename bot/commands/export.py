"""`python -m bot export CONVERSATION`: everything stored about one conversation, as JSON."""

from __future__ import annotations

import argparse
import json

from bot import parts
from bot.conversation import records
from bot.settings import Settings


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which conversation."""
    parser.add_argument("conversation")


def run(chosen: argparse.Namespace, settings: Settings) -> None:
    """Print it."""
    record = parts.database(settings)
    with record.read() as session:
        print(json.dumps(records.everything(session, chosen.conversation), indent=1))  # noqa: T201
    record.close()
