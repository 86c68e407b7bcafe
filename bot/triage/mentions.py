"""First layer: what the lexicon's rules found, read in its context."""

from __future__ import annotations

from dataclasses import replace

from bot.triage.found import Found
from bot.triage.lexicon import Rule
from bot.triage.message import Message, Reader
from bot.triage.patterns import Match
from bot.triage.policy import Policy
from bot.triage.readings.cues import Mention
from bot.triage.types import Context, Finding

_PREVIOUS_LENGTH = 1000


class Mentions:
    """Findings by the rules of the lexicon."""

    def __init__(self, reader: Reader, policy: Policy) -> None:
        self._reader = reader
        self._policy = policy

    def of(self, message: Message) -> list[Found]:
        """What every match says."""
        return [self._one(message, rule, match) for rule, match in message.rules]

    def joined(self, text: str, context: Context) -> list[Found]:
        """Red flags told in two messages ("swollen", "the right calf")."""
        if not context.previous or not text.strip():
            return []
        before = context.previous[-_PREVIOUS_LENGTH:] + "\n"
        message = self._reader.read(before + text)
        cut = len(before)
        found = []
        for rule, match in message.rules:
            start, end = message.words.span(match.first, match.last)
            if start < cut < end:
                item = self._one(message, rule, match)
                shown = replace(item.finding, start=0, end=end - cut, quote=text[: end - cut])
                found.append(replace(item, finding=shown))
        return found

    def _one(self, message: Message, rule: Rule, match: Match) -> Found:
        """What one match of a rule says where it stands."""
        mention = Mention(match, rule.language, rule.tier == "emergency")
        assertion = message.reading.assertion(mention)
        level, routine = self._policy.outcome(rule.sign, rule.tier, assertion)
        start, end = message.words.span(match.first, match.last)
        misspelled = any(at in message.corrected.variants for at in match.used)
        finding = Finding(
            category=rule.category, sign=rule.sign, level=level, assertion=assertion,
            start=start, end=end, quote=message.text[start:end], rule_ids=(rule.id,),
            language=rule.language, layer="spelling" if misspelled else "lexicon",
        )  # fmt: skip
        return Found(finding, routine, rule.tier)
