"""`python -m bot erase CONVERSATION`: delete all rows of one conversation."""

from __future__ import annotations

import argparse

from bot import parts
from bot.consultations import audit
from bot.conversation import records
from bot.settings import Settings


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which conversation."""
    parser.add_argument("conversation")


def run(chosen: argparse.Namespace, settings: Settings) -> None:
    """Erase and print how many rows went, as proof."""
    record = parts.database(settings)
    with record.write() as session:
        counts = records.erase(session, chosen.conversation)
        audit.record(
            session,
            "system",
            "conversation.erase",
            f"conversation:{chosen.conversation}",
            rows=counts,
        )
    record.settle()
    record.close()
    for table, count in counts.items():
        print(f"{table}: {count} rows deleted")  # noqa: T201
