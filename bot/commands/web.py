"""`python -m bot web`."""

from __future__ import annotations

import argparse
import socket
import sys

import uvicorn

from bot import logs
from bot.settings import Settings
from bot.web import create_app

STOP_WITHIN_S = 3


def arguments(parser: argparse.ArgumentParser) -> None:
    """Everything comes from the environment."""


def run(_chosen: argparse.Namespace, settings: Settings) -> None:
    """Serve until told to stop."""
    logs.configure(settings)
    config = uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=STOP_WITHIN_S,
    )
    server = uvicorn.Server(config)
    server.run(sockets=[_shared(settings)] if settings.web_workers > 1 else None)
    if not server.started:
        sys.exit(1)


def _shared(settings: Settings) -> socket.socket:
    """The port among several processes: the kernel gives each connection to one of them."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listening.bind((settings.host, settings.port))
    return listening
