"""From mentions to a level: tiers, what an assertion does to them, what raises them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.triage import schema
from bot.triage.documents import check, read
from bot.triage.types import Context, Finding, Level

ROUTINE = "routine"
_LEVELS = {"emergency": Level.EMERGENCY, "urgent": Level.URGENT, "ask": Level.ASK}
_LOWER = {"emergency": "urgent", "urgent": ROUTINE, "ask": "none"}


@dataclass(frozen=True)
class Sign:
    """What the data say about one sign."""

    category: str
    tier: str
    guide: bool
    assertions: Mapping[str, str]


@dataclass(frozen=True)
class Policy:
    """The reviewed tiers of `tiers.yml`."""

    signs: Mapping[str, Sign]
    assertions: Mapping[str, str]
    raises: tuple[Mapping[str, Any], ...]
    temperature: Mapping[str, Any]
    pain_scores: Mapping[str, Any]
    semantic: Mapping[str, float]
    version: str

    @classmethod
    def load(cls, path: Path) -> Policy:
        """Read tiers.yml; raises DataError naming the line of a fault."""
        document = check(read(path), schema.TIERS_FILE)
        data = document.data
        signs = {
            name: Sign(s["category"], s["tier"], s.get("guide", False), s.get("assertions", {}))
            for name, s in data["signs"].items()
        }
        return cls(
            signs, data["assertions"], tuple(data["raise"]), data["temperature"],
            data["pain_scores"], data["semantic"], f"{data['version']}+{document.digest}",
        )  # fmt: skip

    def outcome(self, sign: str, tier: str, assertion: str) -> tuple[Level, bool]:
        """The level of a mention, and whether the team is told with a routine request."""
        change = self.signs[sign].assertions.get(assertion) or self.assertions.get(assertion)
        result = _changed(tier, change or "keep")
        return _LEVELS.get(result, Level.NONE), result == ROUTINE

    def raised(self, findings: Iterable[Finding], context: Context) -> tuple[Level, str]:
        """EMERGENCY and the id of the rule that asks for it, or NONE."""
        urgent = {finding.sign for finding in findings if finding.level >= Level.URGENT}
        if not urgent:
            return Level.NONE, ""
        known = urgent | (context.open_signs if context.open_level >= Level.URGENT else frozenset())
        for rule in self.raises:
            if _applies(rule, urgent, known, context.days_since_operation):
                return Level.EMERGENCY, str(rule["id"])
        return Level.NONE, ""


def _changed(tier: str, change: str) -> str:
    if change == "keep":
        return tier
    if change == "lower":
        return _LOWER.get(tier, tier)
    if change == "urgent":
        return "urgent" if tier == "emergency" else tier
    if change == "ask" and tier == ROUTINE:
        return ROUTINE
    return change


def _applies(
    rule: Mapping[str, Any], urgent: set[str], known: set[str] | frozenset[str], day: int | None
) -> bool:
    signs, others = set(rule.get("signs", ())), set(rule.get("with", ()))
    if "days" in rule and (day is None or not rule["days"][0] <= day <= rule["days"][1]):
        return False
    here = signs & known
    if others:
        there = others & known
        return bool(here and there) and bool((here | there) & urgent) and len(here | there) > 1
    return bool(here & urgent)
