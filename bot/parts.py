"""Putting the parts together from the settings, the same way for every process."""

from __future__ import annotations

import logging
import os
import sys

import structlog

from bot.clock import now
from bot.conversation.intake import Intake
from bot.guide import Library, load_library
from bot.nlu import embeddings, shared
from bot.settings import Settings
from bot.store import Database
from bot.triage import Triage
from bot.triage.semantic import FILE, Semantic
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


def library(settings: Settings) -> Library:
    """The clinic's guides, as they may be shown today."""
    return load_library(
        settings.data / "guide", serve_drafts=settings.serve_drafts, today=now().date()
    )


def safety_wording(settings: Settings) -> SafetyWording:
    """The fixed safety texts."""
    return SafetyWording.load(settings.data / "triage")


def intake(settings: Settings, record: Database) -> Intake:
    """The way in for messages, with triage loaded."""
    triage = Triage.load(
        settings.data / "triage",
        fever_threshold_c=settings.fever_threshold_c,
        semantic=semantic(settings),
    )
    return Intake(
        record, triage, safety_wording(settings), wording(settings), settings,
        vector=shared.pack if settings.semantic_triage else None,
    )  # fmt: skip


def semantic(settings: Settings) -> Semantic | None:
    """The model for red flags told without the lexicon's words; triage works without it too."""
    if not settings.semantic_triage:
        return None
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # two threads stall each other under load
    embeddings.serve_messages()
    path = settings.data / "triage" / FILE
    layer = Semantic.load(path, embeddings.embed_many, embeddings.default_embedder().name)
    if layer is None:
        structlog.get_logger().warning("triage.without_semantic_layer")
    return layer


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
