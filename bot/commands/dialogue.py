"""`python -m bot dialogue`."""

from __future__ import annotations

import argparse

from bot.nlu.serve import serve
from bot.settings import Settings


def arguments(parser: argparse.ArgumentParser) -> None:
    """The rest comes from the environment."""
    parser.add_argument(
        "--number", type=int, default=0, help="which of RASA_WORKERS this is, from 0"
    )


def run(chosen: argparse.Namespace, settings: Settings) -> None:
    """Serve the dialogue until told to stop."""
    serve(settings, chosen.number)
