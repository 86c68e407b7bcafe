"""Starting the dialogue process: load the newest model, listen on loopback."""

from __future__ import annotations

import asyncio
import math
import os

import structlog
import uvicorn

from bot import logs
from bot.errors import SettingsError
from bot.settings import Settings

log = structlog.get_logger()
POLITENESS = 5
"""Where the processor is short, taking messages in and reading them for red flags goes first."""


def serve(settings: Settings, number: int = 0) -> None:
    """Runs until the process is told to stop; raises SettingsError without a model or a secret."""
    if not 0 <= number < settings.rasa_workers:
        raise SettingsError(f"RASA_WORKERS is {settings.rasa_workers}: there is no number {number}")
    if not settings.internal_secret:  # an empty one would let everybody on this machine in
        raise SettingsError("INTERNAL_SECRET must be set, the same for all processes")
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    lock_s = settings.action_deadline_s + 1  # of a process that died, others wait no longer
    os.environ.setdefault("TICKET_LOCK_LIFETIME", str(math.ceil(lock_s)))
    os.nice(POLITENESS)
    logs.configure(settings)
    model = settings.models / "assistant.tar.gz"
    if not model.exists():
        raise SettingsError("there is no model: run `python -m bot train`")
    from bot.nlu.host import Host  # noqa: PLC0415  takes seconds: TensorFlow comes with it

    app = Host(settings, model).app()
    _load_the_rest()
    log.info("dialogue.ready")
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=int(settings.rasa_urls[number].rpartition(":")[2]),
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        loop="asyncio",
    )
    asyncio.run(uvicorn.Server(config).serve())


def _load_the_rest() -> None:
    """What is loaded at its first use, so that the first patient does not wait for it."""
    from actions import desk  # noqa: PLC0415  as above
    from bot.nlu import embeddings, reading  # noqa: PLC0415  as above

    desk.load()
    embeddings.embed(reading.read("."))
