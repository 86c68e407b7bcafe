"""The transcript as it is shown: who said what, red-flag words marked, and why they count."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from bot.consultations.queries import Case
from bot.store.tables import Delivery, Message, Nurse

COUNTS = ("ask", "urgent", "emergency")
"""Levels of findings whose words are marked; others are only named under "why"."""
RANK = {"none": 0, "ask": 1, "urgent": 2, "emergency": 3}
Span = tuple[int, int, dict[str, Any]]
"""Where a finding begins and ends, and the finding."""


@dataclass(frozen=True)
class Piece:
    """A stretch of text, marked with the highest level of the findings over it."""

    text: str
    level: str | None = None
    signs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Line:
    """One message of the transcript."""

    message: Message
    pieces: list[Piece]
    nurse: Nurse | None
    delivery: Delivery | None
    findings: list[dict[str, Any]]
    versions: dict[str, str]
    corrected_by: int | None
    """`seq` of the version that the patient made of it later."""

    @property
    def level(self) -> str | None:
        """The level triage gave this message, when it is more than none."""
        level: str | None = self.message.level
        return level if level in COUNTS else None


def lines(case: Case) -> list[Line]:
    """All messages of the conversation, oldest first."""
    later = {message.corrects: message.seq for message in case.messages if message.corrects}
    return [_line(case, message, later.get(message.seq)) for message in case.messages]


def pieces(text: str, findings: list[dict[str, Any]]) -> list[Piece]:
    """Cut the text where findings begin and end (code points); joined, it is the text again.

    Where the words themselves were found, the sentence around them is not marked as well.
    """
    found = [span for finding in findings if (span := _span(finding, len(text)))]
    spans = [span for span in found if not _told_by_words(span, found)]
    cuts = sorted({0, len(text), *(cut for start, end, _ in spans for cut in (start, end))})
    cut_up = [
        _piece(text, start, end, [f for s, e, f in spans if s <= start and end <= e])
        for start, end in pairwise(cuts)
    ]
    return cut_up or [Piece(text)]


def _line(case: Case, message: Message, corrected_by: int | None) -> Line:
    decision = message.triage or {}
    findings = decision.get("findings", [])
    return Line(
        message,
        pieces(message.text, findings),
        case.nurses.get(message.nurse_id),
        case.deliveries.get(message.id),
        findings,
        decision.get("versions", {}),
        corrected_by,
    )


def _span(finding: dict[str, Any], length: int) -> Span | None:
    start, end = max(0, finding["start"]), min(length, finding["end"])
    if start >= end or finding["level"] not in COUNTS:
        return None
    return start, end, finding


def _told_by_words(sentence: Span, found: list[Span]) -> bool:
    """Whether rules found words, as urgent, in a sentence that the semantic layer read."""
    start, end, told = sentence
    return told.get("layer") == "semantic" and any(
        start <= first and last <= end and rule.get("layer") != "semantic"
        and RANK[rule["level"]] >= RANK[told["level"]]
        for first, last, rule in found
    )  # fmt: skip


def _piece(text: str, start: int, end: int, over: list[dict[str, Any]]) -> Piece:
    if not over:
        return Piece(text[start:end])
    level = max((finding["level"] for finding in over), key=RANK.__getitem__)
    return Piece(text[start:end], level, tuple(dict.fromkeys(f["sign"] for f in over)))
