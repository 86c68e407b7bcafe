"""Findings on their way to a decision: joined where they say the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.triage.types import Finding, Level, Told

KEPT = 60
"""Findings of one kind; more are in no message that is not hostile."""


@dataclass(frozen=True)
class Found:
    """A finding with what only the decision needs to know."""

    finding: Finding
    routine: bool
    tier: str


def escalates(found: Iterable[Found]) -> bool:
    """Whether any is urgent."""
    return any(item.finding.level >= Level.URGENT for item in found)


def overlaps(one: Finding | Told, other: Finding | Told) -> bool:
    """Whether both are in the same words."""
    return one.start < other.end and other.start < one.end


def merged(found: list[Found]) -> list[Found]:
    """One finding per sign, assertion and overlapping passage; the most urgent first."""
    order = sorted(found, key=lambda f: (-f.finding.level.rank, f.finding.start, -f.finding.end))
    kept: dict[tuple[str, str], list[Found]] = {}
    for item in order:
        _add(kept.setdefault((item.finding.sign, item.finding.assertion), []), item)
    flat = [item for group in kept.values() for item in group]
    return sorted(flat, key=lambda f: (-f.finding.level.rank, f.finding.start))


def _add(same: list[Found], item: Found) -> None:
    """To those of its sign and assertion."""
    at = next((at for at, one in enumerate(same) if overlaps(one.finding, item.finding)), None)
    if at is None:
        if len(same) < KEPT:
            same.append(item)
    elif len(same[at].finding.rule_ids) < KEPT:
        same[at] = _with_rules_of(same[at], item)


def _with_rules_of(kept: Found, item: Found) -> Found:
    ids = tuple(dict.fromkeys(kept.finding.rule_ids + item.finding.rule_ids))
    return replace(kept, finding=replace(kept.finding, rule_ids=ids))
