"""`python -m bot worker`."""

from __future__ import annotations

import argparse

from bot import logs
from bot.settings import Settings
from bot.stopping import run_until_stopped
from bot.worker import work


def arguments(parser: argparse.ArgumentParser) -> None:
    """Everything comes from the environment."""


def run(_chosen: argparse.Namespace, settings: Settings) -> None:
    """Work until told to stop."""
    logs.configure(settings)
    run_until_stopped(work(settings))
