"""Third layer: what the semantic layer adds to the findings of the others."""

from __future__ import annotations

from dataclasses import replace

from bot.triage.found import Found, overlaps
from bot.triage.message import Message
from bot.triage.passages import FEWEST_WORDS
from bot.triage.policy import Policy
from bot.triage.types import Finding, Level, SemanticLayer, Told

_KNOWN = frozenset({
    "negated", "measured_normal", "recovered", "resolved", "improving", "unchanged", "treated",
    "in_care", "other_person",
})  # fmt: skip
"""Readings of a rule that the semantic layer does not question."""
_ABSENT = _KNOWN - {"treated", "in_care", "other_person"}
"""Readings that say nothing about the rest of the sentence they stand in."""


class Meaning:
    """Findings by what passages mean, in whatever words."""

    def __init__(self, semantic: SemanticLayer, policy: Policy) -> None:
        self._semantic = semantic
        self._policy = policy

    def of(self, message: Message, found: list[Found]) -> list[Found]:
        """What the model adds; it is not asked once a rule has found an emergency."""
        if any(one.finding.level is Level.EMERGENCY for one in found):
            return []
        told = self._semantic.score(message.text)
        added = [self._told(message.text, one, found) for one in told]
        added += [
            self._told(message.text, one, [])
            for passage in told
            for one in self._of_the_rest(message, passage, found)
        ]
        return [one for one in added if one]

    def _told(self, text: str, told: Told, found: list[Found]) -> Found | None:
        tier = self._told_tier(told, found)
        if tier == "none":
            return None
        level, routine = self._policy.outcome(told.sign, tier, "present")
        finding = Finding(
            category=self._policy.signs[told.sign].category, sign=told.sign, level=level,
            assertion="present", start=told.start, end=told.end,
            quote=text[told.start : told.end], rule_ids=("semantic",), language="",
            layer="semantic", score=told.flag,
        )  # fmt: skip
        return Found(finding, routine, tier)

    def _of_the_rest(self, message: Message, told: Told, found: list[Found]) -> list[Told]:
        """What the model reads in a passage without the signs that rules have read as absent.

        "No fever, but my pillow is wet from the cut": the denial says nothing of the second half.
        """
        if told.flag < self._policy.semantic["ask"]:
            return []
        read = [one.finding for one in found if overlaps(one.finding, told)]
        absent = [finding for finding in read if finding.assertion in _ABSENT]
        if not absent or {finding.assertion for finding in read} & (_KNOWN - _ABSENT):
            return []
        spans = [(finding.start, finding.end) for finding in absent]
        rest = message.reading.rest(told.start, told.end, spans)
        if len(rest.split()) < FEWEST_WORDS:
            return []
        return [replace(one, start=told.start, end=told.end) for one in self._semantic.score(rest)]

    def _told_tier(self, told: Told, found: list[Found]) -> str:
        """What the model's reading of a passage leads to.

        Where a rule has clearly read that a sign is absent, or known and no worse, that stands;
        where a rule found the sign or only read doubt (a fear, a question, another time), the model
        must be surer, be it to call an emergency what the rule calls urgent.
        """
        limits = self._policy.semantic
        read = {one.finding.assertion for one in found if overlaps(one.finding, told)}
        if read & _KNOWN or told.flag < (limits["despite"] if read else limits["ask"]):
            return "none"
        high = told.emergency >= limits["emergency"]
        if told.flag < limits["escalate_emergency" if high else "escalate"]:
            return "ask"
        return "emergency" if high else "urgent"
