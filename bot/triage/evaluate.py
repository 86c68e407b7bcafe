"""How well messages are triaged: recall, false alarms and their intervals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

from bot.triage.types import Level

Row = Mapping[str, Any]
Decide = Callable[[str], Level]
Converse = Callable[[Sequence[str]], Sequence[Level]]


@dataclass
class Ratio:
    """So many of so many, with the 95 % Wilson interval."""

    hits: int = 0
    total: int = 0

    def add(self, hit: bool) -> None:
        """Count one more."""
        self.hits += hit
        self.total += 1

    @property
    def value(self) -> float:
        """The share, 0 of nothing."""
        return self.hits / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % Wilson interval; (0, 1) of nothing."""
        return wilson(self.hits, self.total)

    def to_json(self) -> dict[str, Any]:
        """Counts, share and interval as JSON values."""
        low, high = self.interval
        return {"hits": self.hits, "total": self.total, "value": round(self.value, 4),
                "low": round(low, 4), "high": round(high, 4)}  # fmt: skip


def wilson(hits: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """The Wilson score interval of `hits` out of `total`."""
    if total == 0:
        return 0.0, 1.0
    share = hits / total
    scale = 1 + z * z / total
    middle = (share + z * z / (2 * total)) / scale
    half = z * sqrt(share * (1 - share) / total + z * z / (4 * total * total)) / scale
    return max(0.0, middle - half), min(1.0, middle + half)


@dataclass
class Report:
    """Figures of one run, and every row that was read wrongly."""

    ratios: dict[str, Ratio] = field(default_factory=lambda: defaultdict(Ratio))
    misses: list[dict[str, Any]] = field(default_factory=list)
    false_alarms: list[dict[str, Any]] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """The figures and the lists of wrong rows."""
        return {
            "ratios": {name: ratio.to_json() for name, ratio in sorted(self.ratios.items())},
            "misses": self.misses,
            "false_alarms": self.false_alarms,
        }


def score_messages(rows: Iterable[Row], decide: Decide) -> Report:
    """Recall and false alarms over rows with `text`, `lang`, `expect`, `level` and `style`.

    Rows without `expect` (questions with a `kind`) must not escalate.
    """
    report = Report()
    for row in rows:
        level = decide(str(row["text"]))
        result = {"id": row.get("id"), "expect": _expected(row), "decided": level.value}
        report.rows.append(result)
        if row.get("expect") == "escalate":
            _score_flag(report, row, level, result)
        else:
            _score_quiet(report, row, level, result)
    return report


def _expected(row: Row) -> str:
    return str(row.get("level", "none")) if row.get("expect") == "escalate" else "none"


def _score_flag(report: Report, row: Row, level: Level, result: dict[str, Any]) -> None:
    emergency = row.get("level") == "emergency"
    caught = level is Level.EMERGENCY if emergency else level >= Level.URGENT
    report.ratios["escalated"].add(level >= Level.URGENT)
    report.ratios[f"escalated.{row.get('lang', '?')}"].add(level >= Level.URGENT)
    report.ratios["right level"].add(caught)
    if emergency:
        report.ratios["emergencies escalated"].add(level >= Level.URGENT)
        report.ratios["emergencies as emergency"].add(caught)
        report.ratios[f"emergencies escalated.{row.get('lang', '?')}"].add(level >= Level.URGENT)
    if not caught:
        report.misses.append({**result, "text": row["text"], "sign": row.get("sign")})


def _score_quiet(report: Report, row: Row, level: Level, result: dict[str, Any]) -> None:
    alarm = level >= Level.URGENT
    group = str(row.get("kind") or "hard negatives")
    report.ratios[f"false alarms: {group}"].add(alarm)
    report.ratios[f"false alarms.{row.get('lang', '?')}"].add(alarm)
    for style in row.get("style") or ():
        report.ratios[f"false alarms by style: {style}"].add(alarm)
    if alarm:
        report.false_alarms.append({**result, "text": row["text"]})


def score_dialogues(rows: Iterable[Row], converse: Converse) -> Report:
    """Dialogues whose checks hold; `converse` gives the level that each turn newly leads to."""
    report = Report()
    for row in rows:
        levels = list(converse([str(turn) for turn in row["turns"]]))
        faults = dialogue_faults(levels, row.get("checks", {}))
        result = {"id": row.get("id"), "levels": [level.value for level in levels]}
        report.rows.append({**result, "faults": faults})
        report.ratios["dialogues"].add(not faults)
        report.ratios[f"dialogues.{row.get('lang', '?')}"].add(not faults)
        if faults:
            report.misses.append({**result, "faults": faults, "text": list(row["turns"])})
    return report


def dialogue_faults(levels: Sequence[Level], checks: Mapping[str, Any]) -> list[str]:
    """Which checks of a dialogue the levels of its turns break."""
    escalating = [turn for turn, level in enumerate(levels, start=1) if level >= Level.URGENT]
    final = max((level for level in levels if level >= Level.URGENT), default=Level.NONE)
    allowed = {checks.get("final_level", final.value), *checks.get("final_level_allowed", ())}
    if "urgent" in allowed:
        allowed.add("emergency")  # an urgent matter handled as an emergency is no error
    faults = [] if final.value in allowed else [f"final level {final.value}"]
    if checks.get("escalations_total") and not escalating:
        faults.append("never escalated")
    if escalating and checks.get("escalations_total") == 0:
        faults.append(f"escalated at turn {escalating[0]}")
    by_turn, not_before = checks.get("escalate_by_turn"), checks.get("not_before_turn")
    if by_turn and escalating and escalating[0] > by_turn:
        faults.append(f"escalated only at turn {escalating[0]}")
    if not_before and escalating and escalating[0] < not_before:
        faults.append(f"escalated already at turn {escalating[0]}")
    return faults
