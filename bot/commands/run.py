"""`python -m bot run`: the whole product on this machine."""

from __future__ import annotations

import argparse
import asyncio
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from bot import logs, supervisor, training
from bot.settings import Settings

FIRST_ACCOUNT = "nurse"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Everything comes from the environment."""


def run(_chosen: argparse.Namespace, settings: Settings) -> None:
    """Train when needed, make the first account, start everything."""
    began = time.monotonic()
    logs.configure(settings)
    if training.is_stale(settings):
        _say("Training the dialogue model (about a minute, only when something changed) ...")
        training.train(settings)
    with ProcessPoolExecutor(1, get_context("fork")) as child:  # what it imports, it takes along
        password = child.submit(_first_account, settings).result()
    _say("Starting ...")
    asyncio.run(supervisor.supervise(settings, lambda: _welcome(settings, password, began)))
    _say("Stopped.")


def _first_account(settings: Settings) -> str | None:
    """The one-time password of the first nurse, on the first start only."""
    from bot import parts  # noqa: PLC0415
    from bot.consultations import accounts  # noqa: PLC0415

    record = parts.database(settings)
    try:
        with record.write() as session:
            if accounts.everybody(session):
                return None
            return accounts.add(session, FIRST_ACCOUNT, role="lead")
    finally:
        record.close()


def _welcome(settings: Settings, password: str | None, began: float) -> None:
    address = f"http://{settings.host}:{settings.port}"
    _say(f"Ready after {time.monotonic() - began:.0f} s.")
    _say(f"  Demo page with the widget: {address}/demo")
    _say(f"  Nurse console:             {address}/console")
    if password:
        _say(f"  First account:             {FIRST_ACCOUNT}, one-time password {password}")
    _say("  Stop with Ctrl-C.")


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201
