"""Everything a clinician should review, one row per phrase."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bot.triage import lexicon

COLUMNS = (
    "id", "language", "category", "sign", "phrase", "tier", "source", "status", "reviewer", "date",
)  # fmt: skip


def rows(directory: Path) -> Iterator[dict[str, str]]:
    """One row per phrase of every rule, with the keys of COLUMNS; raises DataError."""
    for rule in lexicon.load(directory).rules():
        yield {
            "id": rule.id,
            "language": rule.language,
            "category": rule.category,
            "sign": rule.sign,
            "phrase": rule.phrase,
            "tier": rule.tier,
            "source": rule.source,
            "status": rule.review.get("status", ""),
            "reviewer": rule.review.get("reviewer", ""),
            "date": rule.review.get("date", ""),
        }
