"""The same red-flag messages read by simpler readers, for comparison: in process, no server."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from bot import parts
from bot.evaluation import rows as reading
from bot.settings import Settings
from bot.triage import Level, Triage
from bot.triage.evaluate import Ratio, score_messages

Reader = Callable[[str], Level]
SHOWN = ("escalated", "emergencies escalated", "false alarms: hard negatives")


def compare(rows: Iterable[dict[str, Any]], settings: Settings) -> list[tuple[str, Ratio]]:
    """Recall and false alarms of each reader; empty without red-flag rows."""
    messages = [row for row in rows if reading.kind(row) == "message"]
    if not messages:
        return []
    return [
        (f"{name}: {figure}", ratios[figure])
        for name, decide in _readers(settings).items()
        if (ratios := score_messages(messages, decide).ratios)
        for figure in SHOWN
    ]


def _readers(settings: Settings) -> dict[str, Reader]:
    lexicon = Triage.load(settings.data / "triage")
    return {
        "keywords": lambda text: _found(lexicon, text, frozenset()),
        "keywords, NegEx": lambda text: _found(lexicon, text, frozenset({"negated"})),
        "semantic alone": _semantic_alone(settings, lexicon.thresholds["escalate"]),
        "lexicon alone": lambda text: lexicon.decide(text).level,
    }


def _found(lexicon: Triage, text: str, dropped: frozenset[str]) -> Level:
    """Every phrase of the lexicon counts, but for those read as one of `dropped`."""
    found = [one for one in lexicon.decide(text).findings if one.assertion not in dropped]
    return Level.URGENT if found else Level.NONE


def _semantic_alone(settings: Settings, escalate: float) -> Reader:
    semantic = parts.semantic(settings)

    def decide(text: str) -> Level:
        told = semantic.score(text) if semantic else []
        return Level.URGENT if any(one.flag >= escalate for one in told) else Level.NONE

    return decide
