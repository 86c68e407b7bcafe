"""`python -m bot train`."""

from __future__ import annotations

import argparse

from bot import training
from bot.settings import Settings


def arguments(parser: argparse.ArgumentParser) -> None:
    """Only whether to skip work that is done."""
    parser.add_argument("--if-stale", action="store_true", help="do nothing when up to date")


def run(chosen: argparse.Namespace, settings: Settings) -> None:
    """Train."""
    if chosen.if_stale and not training.is_stale(settings):
        print("The model is up to date.")  # noqa: T201
        return
    training.train(settings)
