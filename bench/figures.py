"""What a row gives back: lines of a table, and series for the plot."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Line:
    """One figure, of one or both systems; `goal` and `reached` only where the design sets one."""

    label: str
    unit: str
    stock: float | None = None
    product: float | None = None
    more_is_better: bool = False
    goal: str = ""
    reached: bool | None = None

    @property
    def ratio(self) -> float | None:
        """How many times better the product is; below 1 it is worse."""
        if not self.stock or not self.product:
            return None
        pair = (self.product, self.stock)
        return pair[0] / pair[1] if self.more_is_better else pair[1] / pair[0]

    def to_json(self) -> dict[str, Any]:
        """All fields and the ratio."""
        return {**asdict(self), "ratio": self.ratio}


@dataclass(frozen=True)
class Row:
    """The result of one measurement."""

    name: str
    title: str
    lines: list[Line]
    series: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """The form of the results file."""
        return {
            "name": self.name, "title": self.title, "notes": self.notes, "series": self.series,
            "lines": [line.to_json() for line in self.lines],
        }  # fmt: skip


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share does not exceed; NaN without values."""
    ordered = sorted(values)
    if not ordered:
        return math.nan
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def median(values: Sequence[float]) -> float:
    """The middle one."""
    return percentile(values, 0.5)
