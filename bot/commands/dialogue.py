"""`python -m bot dialogue`."""

from __future__ import annotations

import argparse

from bot.nlu.serve import serve
from bot.settings import Settings


def arguments(parser: argparse.ArgumentParser) -> None:
    """Everything comes from the environment."""


def run(_chosen: argparse.Namespace, settings: Settings) -> None:
    """Serve the dialogue until told to stop."""
    serve(settings)
