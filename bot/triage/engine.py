"""The decision about one message."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from bot.triage import lexicon as lexicons
from bot.triage.answers import Answers
from bot.triage.found import Found, escalates, merged
from bot.triage.lexicon import Lexicon
from bot.triage.meaning import Meaning
from bot.triage.mentions import Mentions
from bot.triage.message import Message, Reader
from bot.triage.numbers import Numbers
from bot.triage.policy import Policy
from bot.triage.spelling_data import Spelling
from bot.triage.types import Asked, Context, Decision, Finding, Level, SemanticLayer

_RECENTLY = 7  # days


class Triage:
    """Findings and decisions from reviewed data; `load` is the only place that reads files."""

    def __init__(
        self,
        lexicon: Lexicon,
        policy: Policy,
        spelling: Spelling,
        *,
        fever_threshold_c: float = 38.0,
        semantic: SemanticLayer | None = None,
    ) -> None:
        self._policy = policy
        self._semantic = semantic
        self._reader = Reader(lexicon, spelling)
        self._mentions = Mentions(self._reader, policy)
        self._numbers = Numbers(policy, fever_threshold_c)
        self._meaning = Meaning(semantic, policy) if semantic else None
        self._answers = Answers()
        self.versions = {
            **lexicon.versions,
            "tiers": policy.version,
            "semantic": semantic.version if semantic else "none",
        }

    @classmethod
    def load(
        cls,
        directory: Path,
        *,
        fever_threshold_c: float = 38.0,
        semantic: SemanticLayer | None = None,
    ) -> Triage:
        """Read every data file of `directory`; raises DataError naming file and line.

        What was built (some hundred thousand objects that live as long as the process) is then
        frozen: otherwise the garbage collector walks through all of it again in the middle of
        some messages, and those take several times as long as the others.
        """
        triage = cls(
            lexicons.load(directory),
            Policy.load(directory / "tiers.yml"),
            Spelling.load(directory),
            fever_threshold_c=fever_threshold_c,
            semantic=semantic,
        )
        gc.collect()
        gc.freeze()
        return triage

    @property
    def semantic(self) -> bool:
        """Whether the semantic layer reads with the others."""
        return self._semantic is not None

    @property
    def thresholds(self) -> Mapping[str, float]:
        """What the semantic layer must reach, from tiers.yml."""
        return self._policy.semantic

    def decide(self, text: str, context: Context = Context()) -> Decision:  # noqa: B008
        """The decision about `text`; the same text and context give the same decision."""
        message = self._reader.read(text)
        found = self._findings(message)
        if self._meaning is not None:
            found += self._meaning.of(message, found)
        found += self._mentions.joined(text, context)
        answer = self._answers.to(context.asked, message.answers, found_any=escalates(found))
        if answer.finding_assertion and context.asked:
            found.append(_answered(text, context.asked, answer.finding_assertion))
        return self._decision(message, found, context, cleared=answer.cleared)

    def glance(self, text: str) -> bool:
        """Whether `text` may tell of a red flag, at a tenth of the cost of deciding.

        For the order in which messages are read, never for what is done about them: of the red
        flags told in other words than the lexicon's some are not noticed.
        """
        if self._semantic is not None and self._semantic.glance(text):
            return True
        found = self._findings(self._reader.read(text))
        return any(one.finding.level > Level.NONE for one in found)

    def _findings(self, message: Message) -> list[Found]:
        """By words and numbers, which is nearly free; the semantic layer comes later."""
        temperatures = self._numbers.temperatures(message)
        found = self._mentions.of(message)
        if any(one.finding.assertion == "measured_normal" for one in temperatures):
            found = [_doubted(one) for one in found]
        return found + temperatures + self._numbers.rising_pain(message)

    def _decision(
        self, message: Message, found: list[Found], context: Context, *, cleared: bool
    ) -> Decision:
        kept = merged(found)
        findings = tuple(item.finding for item in kept)
        level = max((finding.level for finding in findings), default=Level.NONE)
        kinds = message.cue_kinds
        raised, why = self._policy.raised(findings, _dated(context, kinds))
        if raised > level:
            level = raised
            findings = tuple(_with_rule(finding, why) for finding in findings)
        asks = _question(kept, message) if level <= Level.ASK else None
        level = max(level, Level.ASK) if asks else level
        return Decision(
            level=level,
            findings=findings,
            routine=context.attachment or any(item.routine for item in kept),
            asks=asks,
            script=_script(level, findings),
            third_person="patient_person" in kinds and level > Level.NONE,
            correction=bool(kinds & {"correction", "retraction"})
            and context.open_level >= Level.URGENT,
            cleared=cleared,
            versions=dict(self.versions),
        )


def _question(found: list[Found], message: Message) -> Asked | None:
    for item in found:
        if item.finding.level is Level.ASK:
            sign = item.finding.sign
            tier = item.tier if item.tier in {"urgent", "emergency"} else "urgent"
            return Asked(sign, item.finding.category, Level(tier), item.finding.quote)
    if message.is_unreadable:
        return Asked("unclear", "O", Level.URGENT, message.text.strip()[:80])
    return None


def _dated(context: Context, kinds: set[str]) -> Context:
    """The context, with "operated on Tuesday" read as an operation of the last days."""
    if context.days_since_operation is not None or "recent_operation" not in kinds:
        return context
    return replace(context, days_since_operation=_RECENTLY)


def _answered(text: str, asked: Asked, assertion: str) -> Found:
    level = max(asked.level, Level.URGENT)
    finding = Finding(
        category=asked.category, sign=asked.sign, level=level, assertion=assertion, start=0,
        end=len(text), quote=asked.quote or text, rule_ids=("answer",), language="",
        layer="answer",
    )  # fmt: skip
    return Found(finding, routine=False, tier=level.value)


def _doubted(found: Found) -> Found:
    """Word and number disagree ("slight fever, 36.9"), so the patient is asked."""
    finding = found.finding
    if finding.sign != "fever" or finding.level < Level.URGENT:
        return found
    return replace(found, finding=replace(finding, level=Level.ASK, assertion="measured_normal"))


def _with_rule(finding: Finding, rule: str) -> Finding:
    if finding.level < Level.URGENT:
        return finding
    return replace(finding, rule_ids=(*finding.rule_ids, f"raise.{rule}"))


def _script(level: Level, findings: Iterable[Finding]) -> str:
    if level is Level.EMERGENCY:
        signs = {finding.sign for finding in findings if finding.level is Level.EMERGENCY}
        return "self_harm" if "self_harm" in signs else "emergency"
    return str(level.value)
