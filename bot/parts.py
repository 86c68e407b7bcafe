"""Putting the parts together from the settings, the same way for every process."""

from __future__ import annotations

import logging
import sys

import structlog

from bot.conversation.intake import Intake
from bot.settings import Settings
from bot.store import Database
from bot.triage import Triage
from bot.triage.wording import SafetyWording
from bot.wording import Wording


def database(settings: Settings) -> Database:
    """The record, with its schema up to date; raises Unavailable."""
    record = Database(settings.database)
    record.migrate()
    return record


def wording(settings: Settings) -> Wording:
    """The texts around the guide."""
    return Wording.load(settings.data / "wording", settings)


def safety_wording(settings: Settings) -> SafetyWording:
    """The fixed safety texts."""
    return SafetyWording.load(settings.data / "triage")


def intake(settings: Settings, record: Database) -> Intake:
    """The way in for messages, with triage loaded."""
    triage = Triage.load(
        settings.data / "triage", fever_threshold_c=settings.fever_threshold_c
    )
    return Intake(record, triage, safety_wording(settings), wording(settings), settings)


def logs(settings: Settings) -> None:
    """One JSON line an event on standard error; message text is never among the values."""
    level = getattr(logging, settings.log_level.upper(), logging.INFO)
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(message)s")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
