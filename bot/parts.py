"""Putting the parts together from the settings, the same way for every process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from bot.clock import now
from bot.guide import Library, load_library
from bot.settings import Settings
from bot.store import Database
from bot.wording import Wording

if TYPE_CHECKING:  # half of what a process holds: loaded where messages are taken in
    from bot.conversation.intake import Intake
    from bot.triage import Triage
    from bot.triage.semantic import Semantic
    from bot.triage.wording import SafetyWording


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
    from bot.triage.wording import SafetyWording  # noqa: PLC0415

    return SafetyWording.load(settings.data / "triage")


def intake(settings: Settings, record: Database) -> Intake:
    """The way in for messages, with triage loaded."""
    from bot.conversation.intake import Intake  # noqa: PLC0415
    from bot.nlu import shared  # noqa: PLC0415

    reader = triage(settings)
    return Intake(
        record, reader, safety_wording(settings), wording(settings), settings,
        vector=shared.pack if reader.semantic else None,
    )  # fmt: skip


def triage(settings: Settings) -> Triage:
    """Triage with every layer that this installation has."""
    from bot.triage import Triage  # noqa: PLC0415

    return Triage.load(
        settings.data / "triage",
        fever_threshold_c=settings.fever_threshold_c,
        semantic=semantic(settings),
    )


def semantic(settings: Settings) -> Semantic | None:
    """The model for red flags told without the lexicon's words; triage works without it too."""
    if not settings.semantic_triage:
        return None
    from bot.nlu import embeddings  # noqa: PLC0415
    from bot.triage.semantic import FILE, Semantic  # noqa: PLC0415

    embeddings.serve_messages()
    path = settings.data / "triage" / FILE
    try:
        layer = Semantic.load(path, embeddings.embed_many, embeddings.default_embedder().name)
    except embeddings.NotBuilt as failure:  # the lexicon and the thermometer go on alone
        structlog.get_logger().error("triage.without_semantic_layer", reason=failure.message)
        return None
    if layer is None:
        structlog.get_logger().warning("triage.without_semantic_layer", reason="not trained for it")
    return layer
