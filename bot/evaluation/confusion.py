"""Where questions went: what each kind was answered with, and every miss by its id. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

PASSAGE, OTHER_PASSAGE = "its passage", "other passage"
REQUEST, NOTHING = "request", "nothing"
REFUSALS = ("not_in_guide", "out_of_scope")
UNCLEAR = ("did_you_mean", "not_understood", "only_symbols", "other_language")


@dataclass(frozen=True)
class Reply:
    """What came back for one question."""

    passages: frozenset[str]
    """Ids of what was answered from, without what was labelled as related only."""
    related: frozenset[str]
    said: frozenset[str]
    """Keys of the reviewed texts."""
    requested: bool

    def outcome(self, wanted: Iterable[str]) -> str:
        """One word for the table."""
        if self.passages:
            return PASSAGE if self.passages & set(wanted) else OTHER_PASSAGE
        if self.requested:
            return REQUEST
        named = [key for key in (*REFUSALS, *UNCLEAR) if key in self.said]
        return (named or sorted(self.said) or [NOTHING])[0]


@dataclass
class Confusion:
    """Counts of (kind, outcome), and the misses."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    misses: list[str] = field(default_factory=list)

    def add(self, kind: str, outcome: str, *, miss: str | None) -> None:
        """Count one question; `miss` says which one it was when it was handled wrongly."""
        self.counts[kind, outcome] += 1
        if miss:
            self.misses.append(f"{miss}: {kind}, got {outcome}")

    def table(self) -> str:
        """Kinds down, outcomes across, the frequent outcomes first; empty without questions."""
        totals = Counter[str]()
        for (_, outcome), count in self.counts.items():
            totals[outcome] += count
        outcomes = [name for name, _ in sorted(totals.items(), key=lambda one: (-one[1], one[0]))]
        kinds = sorted({kind for kind, _ in self.counts})
        if not kinds:
            return ""
        first = max(map(len, kinds))
        widths = [max(len(name), 3) for name in outcomes]
        lines = [" " * first + _cells(outcomes, widths)]
        for kind in kinds:
            cells = [str(self.counts[kind, name] or ".") for name in outcomes]
            lines.append(kind.ljust(first) + _cells(cells, widths))
        return "\n".join(lines)


def _cells(cells: Iterable[str], widths: Iterable[int]) -> str:
    return "".join(f"  {cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
