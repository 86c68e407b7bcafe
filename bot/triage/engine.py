"""The decision about one message."""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bot.triage import lexicon as lexicons
from bot.triage.answers import Answers
from bot.triage.assertion import Reading
from bot.triage.lexicon import Cue, Lexicon, Rule
from bot.triage.pain_scores import PainScores
from bot.triage.passages import FEWEST_WORDS
from bot.triage.patterns import Match
from bot.triage.policy import Policy
from bot.triage.readings.cues import Mention
from bot.triage.spelling import Speller
from bot.triage.spelling_data import Spelling
from bot.triage.temperature import Thermometer
from bot.triage.text import Tokenizer, Words, spoken
from bot.triage.types import Asked, Context, Decision, Finding, Level, SemanticLayer, Told

_FLOOR_C, _CEILING_C = 37.5, 38.0
_PREVIOUS_LENGTH = 1000
_KEPT_FINDINGS = 60
_REPEATS = 60
_FOREIGN_LETTERS = 4
_RECENTLY = 7  # days
_KNOWN = frozenset({
    "negated", "measured_normal", "recovered", "resolved", "improving", "unchanged", "treated",
    "in_care", "other_person",
})  # fmt: skip
"""Readings of a rule that the semantic layer does not question."""
_ABSENT = _KNOWN - {"treated", "in_care", "other_person"}
"""Readings that say nothing about the rest of the sentence they stand in."""


@dataclass(frozen=True)
class _Found:
    """A finding with what only the decision needs to know."""

    finding: Finding
    routine: bool
    tier: str


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
        if not _FLOOR_C <= fever_threshold_c <= _CEILING_C:
            raise ValueError(f"the fever threshold must lie in {_FLOOR_C} to {_CEILING_C} °C")
        self._lexicon = lexicon
        self._policy = policy
        self._fever_c = fever_threshold_c
        self._semantic = semantic
        self._tokenize = Tokenizer(spelling.aliases, lexicon.stopwords)
        self._speller = spelling.speller(lexicon.matcher.vocabulary())
        self._thermometer = Thermometer(policy.temperature)
        self._pain_scores = PainScores(policy.pain_scores)
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
        message = self._read(text)
        found = self._findings(message)
        found += self._semantic_findings(message, found)
        found += self._joined(text, context)
        answer = self._answers.to(context.asked, message.answers, found_any=_escalates(found))
        if answer.finding_assertion and context.asked:
            found.append(self._answered(text, context.asked, answer.finding_assertion))
        return self._decision(message, found, context, cleared=answer.cleared)

    def glance(self, text: str) -> bool:
        """Whether `text` may tell of a red flag, at a tenth of the cost of deciding.

        For the order in which messages are read, never for what is done about them: of the red
        flags told in other words than the lexicon's some are not noticed.
        """
        if self._semantic is not None and self._semantic.glance(text):
            return True
        return any(found.finding.level > Level.NONE for found in self._findings(self._read(text)))

    # -- reading ------------------------------------------------------------------------

    def _read(self, text: str) -> _Message:
        words = self._tokenize(text)
        dominant = spoken(words.words, self._lexicon.stopwords)
        corrected = _correct(words, self._speller, dominant)
        rules: list[tuple[Rule, Match]] = []
        cues: list[tuple[Cue, Match]] = []
        for match in self._lexicon.matcher.find(corrected):
            entry = self._lexicon.entries[match.key]
            if isinstance(entry, Rule):
                rules.append((entry, match))
            else:
                cues.append((entry, match))
        reading = Reading(corrected, cues, [match.used for _, match in rules], dominant)
        return _Message(text, words, corrected, _bounded(rules), cues, reading, dominant)

    def _findings(self, message: _Message) -> list[_Found]:
        temperatures = self._temperatures(message)
        normal = any(found.finding.assertion == "measured_normal" for found in temperatures)
        found = [self._from_rule(message, rule, match) for rule, match in message.rules]
        if normal:
            found = [_doubted(item) for item in found]
        return found + temperatures + self._rising_pain(message)

    def _from_rule(self, message: _Message, rule: Rule, match: Match) -> _Found:
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
        return _Found(finding, routine, rule.tier)

    # -- temperature --------------------------------------------------------------------

    def _temperatures(self, message: _Message) -> list[_Found]:
        readings = self._thermometer.find(message.words)
        lowest_later = {
            place: min((r.celsius for r in readings[place + 1 :]), default=99.0)
            for place in range(len(readings[:_KEPT_FINDINGS]))
        }
        chills = any(rule.sign in {"fever", "sepsis"} for rule, _ in message.rules)
        found = []
        for place, reading in enumerate(readings[:_KEPT_FINDINGS]):
            back = lowest_later[place] < _FLOOR_C <= reading.celsius
            found.append(self._temperature(message, reading.celsius, (reading.first, reading.last),
                                           back=back, chills=chills))  # fmt: skip
        return found

    def _temperature(
        self, message: _Message, celsius: float, place: tuple[int, int], *, back: bool, chills: bool
    ) -> _Found:
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

    def _rising_pain(self, message: _Message) -> list[_Found]:
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

    def _asserted(self, message: _Message, place: tuple[int, int], *, measured: bool) -> str:
        """How words that no rule matched, the first and last of `place`, are to be read."""
        match = Match(-1, *place, place, frozenset(range(place[0], place[1] + 1)))
        mention = Mention(match, _language(message), emergency=False, measured=measured)
        return message.reading.assertion(mention)

    def _from_number(
        self, message: _Message, place: tuple[int, int], sign: str, tier: str, assertion: str,
        *, rule: str, layer: str, number: float,
    ) -> _Found:  # fmt: skip
        level, routine = self._policy.outcome(sign, tier, assertion)
        start, end = message.words.span(*place)
        finding = Finding(
            category=self._policy.signs[sign].category, sign=sign, level=level,
            assertion=assertion, start=start, end=end, quote=message.text[start:end],
            rule_ids=(rule,), language=_language(message), layer=layer, score=number,
        )  # fmt: skip
        return _Found(finding, routine, tier)

    # -- the other layers ---------------------------------------------------------------

    def _semantic_findings(self, message: _Message, found: list[_Found]) -> list[_Found]:
        """What the model adds; it is not asked once a rule has found an emergency."""
        if self._semantic is None or any(one.finding.level is Level.EMERGENCY for one in found):
            return []
        told = self._semantic.score(message.text)
        added = [self._told(message.text, one, found) for one in told]
        added += [
            self._told(message.text, one, [])
            for passage in told
            for one in self._of_the_rest(message, passage, found)
        ]
        return [one for one in added if one]

    def _told(self, text: str, told: Told, found: list[_Found]) -> _Found | None:
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
        return _Found(finding, routine, tier)

    def _of_the_rest(self, message: _Message, told: Told, found: list[_Found]) -> list[Told]:
        """What the model reads in a passage without the signs that rules have read as absent.

        "No fever, but my pillow is wet from the cut": the denial says nothing of the second half.
        """
        if self._semantic is None or told.flag < self._policy.semantic["ask"]:
            return []
        read = {one.finding for one in found if _overlaps(one.finding, told)}
        absent = [finding for finding in read if finding.assertion in _ABSENT]
        if not absent or {finding.assertion for finding in read} & (_KNOWN - _ABSENT):
            return []
        spans = [(finding.start, finding.end) for finding in absent]
        rest = message.reading.rest(told.start, told.end, spans)
        if len(rest.split()) < FEWEST_WORDS:
            return []
        return [replace(one, start=told.start, end=told.end) for one in self._semantic.score(rest)]

    def _told_tier(self, told: Told, found: list[_Found]) -> str:
        """What the model's reading of a passage leads to.

        Where a rule has clearly read that a sign is absent, or known and no worse, that stands;
        where a rule found the sign or only read doubt (a fear, a question, another time), the model
        must be surer, be it to call an emergency what the rule calls urgent.
        """
        limits = self._policy.semantic
        read = {one.finding.assertion for one in found if _overlaps(one.finding, told)}
        if read & _KNOWN or told.flag < (limits["despite"] if read else limits["ask"]):
            return "none"
        high = told.emergency >= limits["emergency"]
        if told.flag < limits["escalate_emergency" if high else "escalate"]:
            return "ask"
        return "emergency" if high else "urgent"

    def _joined(self, text: str, context: Context) -> list[_Found]:
        """Red flags told in two messages ("swollen", "the right calf")."""
        if not context.previous or not text.strip():
            return []
        before = context.previous[-_PREVIOUS_LENGTH:] + "\n"
        message = self._read(before + text)
        cut = len(before)
        found = []
        for rule, match in message.rules:
            start, end = message.words.span(match.first, match.last)
            if start < cut < end:
                item = self._from_rule(message, rule, match)
                shown = replace(item.finding, start=0, end=end - cut, quote=text[: end - cut])
                found.append(replace(item, finding=shown))
        return found

    def _answered(self, text: str, asked: Asked, assertion: str) -> _Found:
        level = max(asked.level, Level.URGENT)
        finding = Finding(
            category=asked.category, sign=asked.sign, level=level, assertion=assertion, start=0,
            end=len(text), quote=asked.quote or text, rule_ids=("answer",), language="",
            layer="answer",
        )  # fmt: skip
        return _Found(finding, routine=False, tier=level.value)

    # -- deciding -----------------------------------------------------------------------

    def _decision(
        self, message: _Message, found: list[_Found], context: Context, *, cleared: bool
    ) -> Decision:
        merged = _merged(found)
        findings = tuple(item.finding for item in merged)
        level = max((finding.level for finding in findings), default=Level.NONE)
        kinds = {cue.kind for cue, _ in message.cues}
        raised, why = self._policy.raised(findings, _dated(context, kinds))
        if raised > level:
            level = raised
            findings = tuple(_with_rule(finding, why) for finding in findings)
        asks = self._question(merged, message) if level <= Level.ASK else None
        level = max(level, Level.ASK) if asks else level
        return Decision(
            level=level,
            findings=findings,
            routine=context.attachment or any(item.routine for item in merged),
            asks=asks,
            script=_script(level, findings),
            third_person="patient_person" in kinds and level > Level.NONE,
            correction=bool(kinds & {"correction", "retraction"})
            and context.open_level >= Level.URGENT,
            cleared=cleared,
            versions=dict(self.versions),
        )

    def _question(self, found: list[_Found], message: _Message) -> Asked | None:
        for item in found:
            if item.finding.level is Level.ASK:
                sign = item.finding.sign
                tier = item.tier if item.tier in {"urgent", "emergency"} else "urgent"
                return Asked(sign, item.finding.category, Level(tier), item.finding.quote)
        if _unreadable(message):
            return Asked("unclear", "O", Level.URGENT, message.text.strip()[:80])
        return None


def _dated(context: Context, kinds: set[str]) -> Context:
    """The context, with "operated on Tuesday" read as an operation of the last days."""
    if context.days_since_operation is not None or "recent_operation" not in kinds:
        return context
    return replace(context, days_since_operation=_RECENTLY)


@dataclass(frozen=True)
class _Message:
    text: str
    words: Words
    corrected: Words
    rules: list[tuple[Rule, Match]]
    cues: list[tuple[Cue, Match]]
    reading: Reading
    dominant: frozenset[str]

    @property
    def answers(self) -> list[tuple[str, int, int]]:
        """(kind, first word, last word) of every answer cue."""
        return [
            (cue.kind.removeprefix("answer_"), match.first, match.last)
            for cue, match in self.cues
            if cue.kind.startswith("answer_")
        ]


def _bounded(rules: list[tuple[Rule, Match]]) -> list[tuple[Rule, Match]]:
    """The first and last matches of each phrase: enough for any message that is not hostile."""
    by_rule: dict[str, list[tuple[Rule, Match]]] = defaultdict(list)
    for rule, match in rules:
        by_rule[rule.id].append((rule, match))
    return [
        item
        for found in by_rule.values()
        for item in (found if len(found) <= 2 * _REPEATS else found[:_REPEATS] + found[-_REPEATS:])
    ]


def _correct(words: Words, speller: Speller, languages: frozenset[str]) -> Words:
    found = {place: speller.correct(word, languages) for place, word in enumerate(words.words)}
    return replace(words, variants={place: forms for place, forms in found.items() if forms})


def _doubted(found: _Found) -> _Found:
    """Word and number disagree ("slight fever, 36.9"), so the patient is asked."""
    finding = found.finding
    if finding.sign != "fever" or finding.level < Level.URGENT:
        return found
    return replace(found, finding=replace(finding, level=Level.ASK, assertion="measured_normal"))


def _overlaps(finding: Finding, told: Told) -> bool:
    return finding.start < told.end and told.start < finding.end


def _language(message: _Message) -> str:
    """One of those the message is in."""
    return min(message.dominant, default="en")


def _escalates(found: Iterable[_Found]) -> bool:
    return any(item.finding.level >= Level.URGENT for item in found)


def _merged(found: list[_Found]) -> list[_Found]:
    """One finding per sign, assertion and overlapping passage; the most urgent first."""
    order = sorted(found, key=lambda f: (-f.finding.level.rank, f.finding.start, -f.finding.end))
    kept: dict[tuple[str, str], list[_Found]] = {}
    for item in order:
        same = kept.setdefault((item.finding.sign, item.finding.assertion), [])
        at = _overlapping(same, item)
        if at is None:
            if len(same) < _KEPT_FINDINGS:
                same.append(item)
        elif len(same[at].finding.rule_ids) < _KEPT_FINDINGS:
            same[at] = _joined_rules(same[at], item)
    flat = [item for group in kept.values() for item in group]
    return sorted(flat, key=lambda f: (-f.finding.level.rank, f.finding.start))


def _overlapping(kept: list[_Found], item: _Found) -> int | None:
    for at, other in enumerate(kept):
        if other.finding.start < item.finding.end and item.finding.start < other.finding.end:
            return at
    return None


def _joined_rules(kept: _Found, item: _Found) -> _Found:
    ids = tuple(dict.fromkeys(kept.finding.rule_ids + item.finding.rule_ids))
    return replace(kept, finding=replace(kept.finding, rule_ids=ids))


def _with_rule(finding: Finding, rule: str) -> Finding:
    if finding.level < Level.URGENT:
        return finding
    return replace(finding, rule_ids=(*finding.rule_ids, f"raise.{rule}"))


def _script(level: Level, findings: Iterable[Finding]) -> str:
    if level is Level.EMERGENCY:
        signs = {finding.sign for finding in findings if finding.level is Level.EMERGENCY}
        return "self_harm" if "self_harm" in signs else "emergency"
    return str(level.value)


def _unreadable(message: _Message) -> bool:
    """Letters of a script that none of the languages is written in."""
    foreign = sum(char.isalpha() and ord(char) > 0x24F for char in message.text[:2000])  # noqa: PLR2004
    latin = sum(char.isascii() and char.isalpha() for char in message.text[:2000])
    return foreign >= _FOREIGN_LETTERS and foreign > latin
