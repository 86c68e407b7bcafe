"""What triage hears, knows and says: plain frozen values without behaviour of their own."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import Any, Protocol


class Level(str, Enum):
    """How far a message must be escalated, from nothing to an emergency."""

    NONE = "none"
    ASK = "ask"
    URGENT = "urgent"
    EMERGENCY = "emergency"

    @property
    def rank(self) -> int:
        """0 for none up to 3 for emergency."""
        return _RANKS[self.value]

    def lowered(self) -> Level:
        """One tier down: emergency to urgent, urgent to none (a routine request)."""
        return Level.URGENT if self is Level.EMERGENCY else Level.NONE

    def __lt__(self, other: str) -> bool:
        return self.rank < Level(other).rank

    def __le__(self, other: str) -> bool:
        return self.rank <= Level(other).rank

    def __gt__(self, other: str) -> bool:
        return self.rank > Level(other).rank

    def __ge__(self, other: str) -> bool:
        return self.rank >= Level(other).rank


_RANKS = {"none": 0, "ask": 1, "urgent": 2, "emergency": 3}


@dataclass(frozen=True)
class Finding:
    """One mention of a red flag, its assertion and where it leads on its own."""

    category: str
    sign: str
    level: Level
    assertion: str
    start: int
    end: int
    quote: str
    rule_ids: tuple[str, ...]
    language: str
    layer: str
    score: float | None = None

    def to_json(self) -> dict[str, Any]:
        """The finding as JSON values; `from_json` reads it back."""
        return {**asdict(self), "level": self.level.value, "rule_ids": list(self.rule_ids)}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Finding:
        """The finding that `to_json` wrote; raises TypeError or ValueError for anything else."""
        known = {**value, "level": Level(value["level"]), "rule_ids": tuple(value["rule_ids"])}
        return cls(**known)


@dataclass(frozen=True)
class Asked:
    """The question that triage asked last and that is still unanswered."""

    sign: str
    category: str
    level: Level
    quote: str

    def to_json(self) -> dict[str, Any]:
        """The question as JSON values; `from_json` reads it back."""
        return {**asdict(self), "level": self.level.value}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Asked:
        """The question that `to_json` wrote."""
        return cls(**{**value, "level": Level(value["level"])})


@dataclass(frozen=True)
class Context:
    """What the conversation adds to the text of one message."""

    previous: str | None = None
    asked: Asked | None = None
    open_level: Level = Level.NONE
    open_signs: frozenset[str] = frozenset()
    days_since_operation: int | None = None
    attachment: bool = False


@dataclass(frozen=True)
class Decision:
    """What to do about one message, with everything a nurse needs to see why."""

    level: Level
    findings: tuple[Finding, ...] = ()
    routine: bool = False
    asks: Asked | None = None
    script: str = "none"
    third_person: bool = False
    correction: bool = False
    cleared: bool = False
    versions: dict[str, str] = field(default_factory=dict)

    @property
    def signs(self) -> tuple[str, ...]:
        """Distinct signs of the findings that escalate, the most urgent first."""
        return tuple(dict.fromkeys(finding.sign for finding in self._escalating()))

    @property
    def quote(self) -> str:
        """The patient's own words to echo, empty when nothing is flagged."""
        flagged = self._escalating()
        if flagged:
            return flagged[0].quote
        return self.asks.quote if self.asks else ""

    def _escalating(self) -> list[Finding]:
        flagged = [finding for finding in self.findings if finding.level >= Level.URGENT]
        return sorted(flagged, key=lambda finding: (-finding.level.rank, finding.start))

    def to_json(self) -> dict[str, Any]:
        """The decision as JSON values, kept with the consultation request."""
        return {
            "level": self.level.value,
            "findings": [finding.to_json() for finding in self.findings],
            "routine": self.routine,
            "asks": self.asks.to_json() if self.asks else None,
            "script": self.script,
            "third_person": self.third_person,
            "correction": self.correction,
            "cleared": self.cleared,
            "versions": dict(self.versions),
            "signs": list(self.signs),
            "quote": self.quote,
        }


@dataclass(frozen=True)
class Told:
    """What the semantic layer reads in one passage of a message."""

    sign: str
    """The likeliest, if it is a red flag."""
    emergency: float
    """How likely it is an emergency in itself, if it is a red flag."""
    flag: float
    """How likely it is a red flag at all."""
    start: int
    end: int


class SemanticLayer(Protocol):
    """A model that may add findings and never removes one."""

    @property
    def version(self) -> str:
        """Changes whenever a score might."""
        ...

    def score(self, text: str) -> list[Told]:
        """What each passage tells."""
        ...

    def glance(self, text: str) -> bool:
        """Whether something may be told, at a fraction of the cost; misses some."""
        ...
