"""`python -m bot web`."""

from __future__ import annotations

import argparse

import uvicorn

from bot import parts
from bot.settings import Settings
from bot.web import create_app

STOP_WITHIN_S = 3


def arguments(parser: argparse.ArgumentParser) -> None:
    """Everything comes from the environment."""


def run(_chosen: argparse.Namespace, settings: Settings) -> None:
    """Serve until told to stop."""
    parts.logs(settings)
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=STOP_WITHIN_S,
    )
