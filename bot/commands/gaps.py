"""`python -m bot gaps`: what patients asked that the guide does not answer, without identity."""

from __future__ import annotations

import argparse

import sqlalchemy as sa

from bot import parts
from bot.settings import Settings
from bot.store.tables import Gap


def arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing to choose."""


def run(_chosen: argparse.Namespace, settings: Settings) -> None:
    """Print the newest first."""
    record = parts.database(settings)
    with record.read() as session:
        for gap in session.execute(sa.select(Gap).order_by(Gap.id.desc())).scalars():
            print(f"{gap.at:%Y-%m-%d}  {gap.locale}  {gap.kind:<15}  {gap.text}")  # noqa: T201
    record.close()
