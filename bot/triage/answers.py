"""What a message says to the question that triage asked before it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.triage.types import Asked

_KEYS = {"yes": "yes", "a_bit": "partly", "no": "no"}


@dataclass(frozen=True)
class Answer:
    """`finding_assertion` names how the asked sign is now held; `cleared` is a clear no."""

    finding_assertion: str = ""
    cleared: bool = False


class Answers:
    """Binds answers to questions: only a clear no clears, everything else escalates."""

    def to(
        self, asked: Asked | None, cues: list[tuple[str, int, int]], *, found_any: bool
    ) -> Answer:
        """The answer to `asked` in a message with the answer cues (kind, first, last word)."""
        if asked is None:
            return Answer()
        opening = {kind for kind, first, _ in cues if first <= _OPENING}
        if "partly" in opening or ("yes" in opening and "no" not in opening):
            return Answer(finding_assertion="present")
        if opening & {"no", "not_yet"}:
            return Answer(cleared=not found_any)
        return Answer(finding_assertion="unanswered")


_OPENING = 3
