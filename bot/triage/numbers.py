"""Temperatures and pain scores: numbers that are findings without a word of the lexicon."""

from __future__ import annotations

from dataclasses import replace

from bot.triage.found import KEPT, Found
from bot.triage.message import Message
from bot.triage.pain_scores import PainScores
from bot.triage.patterns import Match
from bot.triage.policy import Policy
from bot.triage.readings.cues import Mention
from bot.triage.temperature import Thermometer
from bot.triage.types import Finding, Level

FLOOR_C, CEILING_C = 37.5, 38.0
"""Between them a clinic may set where fever begins."""


class Numbers:
    """Findings by what patients measured."""

    def __init__(self, policy: Policy, fever_threshold_c: float) -> None:
        if not FLOOR_C <= fever_threshold_c <= CEILING_C:
            raise ValueError(f"the fever threshold must lie in {FLOOR_C} to {CEILING_C} °C")
        self._policy = policy
        self._fever_c = fever_threshold_c
        self._thermometer = Thermometer(policy.temperature)
        self._pain_scores = PainScores(policy.pain_scores)

    def temperatures(self, message: Message) -> list[Found]:
        """Every reading; a high one that a normal one followed is over."""
        readings = self._thermometer.find(message.words)
        lowest_later = {
            place: min((r.celsius for r in readings[place + 1 :]), default=99.0)
            for place in range(len(readings[:KEPT]))
        }
        chills = any(rule.sign in {"fever", "sepsis"} for rule, _ in message.rules)
        found = []
        for place, reading in enumerate(readings[:KEPT]):
            back = lowest_later[place] < FLOOR_C <= reading.celsius
            found.append(self._temperature(message, reading.celsius, (reading.first, reading.last),
                                           back=back, chills=chills))  # fmt: skip
        return found

    def _temperature(
        self, message: Message, celsius: float, place: tuple[int, int], *, back: bool, chills: bool
    ) -> Found:
        assertion = self._asserted(message, place, measured=True)
        tier = self._temperature_tier(celsius, chills=chills)
        if tier == "none":
            assertion = "measured_normal" if assertion in {"present", "uncertain"} else assertion
        elif back and assertion in {"present", "uncertain", "past"}:
            assertion = "resolved"
        found = self._from_number(
            message, place, "fever", tier, assertion,
            rule=f"temperature.{tier}", layer="temperature", number=celsius,
        )  # fmt: skip
        if assertion == "resolved" and celsius >= self._policy.temperature["stays_urgent_c"]:
            return replace(found, finding=replace(found.finding, level=Level.URGENT))
        return found

    def _temperature_tier(self, celsius: float, *, chills: bool) -> str:
        limits = self._policy.temperature
        if celsius >= limits["emergency_c"]:
            return "emergency"
        if celsius >= self._fever_c:
            return "urgent"
        if celsius >= limits["ask_c"]:
            return "urgent" if chills else "ask"
        if celsius <= limits["low_c"]:
            return "emergency" if chills else "ask"
        return "none"

    def rising_pain(self, message: Message) -> list[Found]:
        """Pain that was given a low number and then a high one."""
        rise = self._pain_scores.find(message.words)
        if rise is None:
            return []
        place = rise.first, rise.last
        tier = self._policy.signs["worsening_pain"].tier
        assertion = self._asserted(message, place, measured=False)
        return [self._from_number(
            message, place, "worsening_pain", tier, assertion,
            rule="pain_scores.rise", layer="lexicon", number=float(rise.high),
        )]  # fmt: skip

    def _asserted(self, message: Message, place: tuple[int, int], *, measured: bool) -> str:
        """How words that no rule matched, the first and last of `place`, are to be read."""
        match = Match(-1, *place, place, frozenset(range(place[0], place[1] + 1)))
        mention = Mention(match, message.language, emergency=False, measured=measured)
        return message.reading.assertion(mention)

    def _from_number(
        self, message: Message, place: tuple[int, int], sign: str, tier: str, assertion: str,
        *, rule: str, layer: str, number: float,
    ) -> Found:  # fmt: skip
        level, routine = self._policy.outcome(sign, tier, assertion)
        start, end = message.words.span(*place)
        finding = Finding(
            category=self._policy.signs[sign].category, sign=sign, level=level,
            assertion=assertion, start=start, end=end, quote=message.text[start:end],
            rule_ids=(rule,), language=message.language, layer=layer, score=number,
        )  # fmt: skip
        return Found(finding, routine, tier)
