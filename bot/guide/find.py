"""Which passages answer a question, from what the model believes about intent and passages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.guide.library import Library
from bot.guide.model import Guide, Passage

PASSAGE_FLOOR = 0.05
TOPIC_FLOOR = 0.05
"""Topic and passage are judged apart and multiplied; the floors let either be wrong. Compared in
docs/decisions/0006."""
COMPANION = 0.30
"""A second sentence of the same section is shown when it is at least this likely, relatively."""
ELSEWHERE = 0.7
"""So likely, relatively, must the best sentence of another section be to be shown too."""
MOST = 2
RELATED_PASSAGE, RELATED_TOPIC = 0.75, 0.5
"""So likely must a passage be, and so large its topic's share among the guide's topics, to be shown
as related to a question that the guide does not answer."""
RELATED_INTENTS, RELATED_COVERS = 0.1, 0.2
"""And so likely must both opinions hold it that the guide answers after all: little, but not
nothing. The sentence nearest to a question that is far away is no relation."""
SHARED_TOPIC = {"intro": "what_is_it"}
"""Sections that patients ask about in the same words as another."""


ITS_OWN = 0.2
"""With this share of the likely passages a question is one for the guide."""
STANDS_OUT = 0.5
ANY = "guide"
"""The topic of sections that have no intent of their own."""
Ranked = tuple[str, str, float]
"""Guide, passage, probability."""


@dataclass(frozen=True)
class Scored:
    """A passage and how well it fits the question; only the order and ratios mean something."""

    passage: Passage
    score: float


def score(
    library: Library,
    ranking: Sequence[Ranked],
    topics: Mapping[str, float],
    *,
    guide: str | None = None,
) -> list[Scored]:
    """Candidates, best first; passages that may not be shown are left out.

    `topics` gives for a section the probability that the question is about it. With `guide` only
    its passages count.
    """
    scored = []
    for of_guide, passage_id, probability in ranking:
        if guide not in (None, of_guide):
            continue
        passage = library.passage(passage_id, guide=of_guide)
        if passage.answers and passage.source_text is not None:
            topic = _topic(topics, passage.section)
            total = (probability + PASSAGE_FLOOR) * (topic + TOPIC_FLOOR)
            scored.append(Scored(passage, total))
    return sorted(scored, key=lambda one: one.score, reverse=True)


def _topic(topics: Mapping[str, float], section: str) -> float:
    own = topics.get(SHARED_TOPIC.get(section, section))
    return topics.get(ANY, 0.0) if own is None else own


def speaks_of(guide: Guide, ranking: Sequence[Ranked], section: str) -> bool:
    """Whether a question, of the section it is thought to ask for, is one for this guide.

    Either its sentences are likely among those of all guides; or the guide has that section and
    one of its own sentences stands out, though another guide's may fit the words better.
    """
    own = [probability for one, _, probability in ranking if one == guide.id]
    if not own or sum(own) >= ITS_OWN * sum(probability for _, _, probability in ranking):
        return bool(own)
    has_section = section in {one.id for one in guide.sections}
    return has_section and max(own) >= STANDS_OUT * sum(own)


def clearest(ranking: Sequence[Ranked], guide: str) -> float:
    """How likely the likeliest passage of a guide is."""
    return max((probability for one, _, probability in ranking if one == guide), default=0.0)


def best(candidates: Sequence[Scored]) -> list[Passage]:
    """The one or two passages of one section that answer, the best first; empty without any."""
    if not candidates:
        return []
    first = candidates[0]
    return [
        other.passage
        for other in candidates
        if other.passage.section == first.passage.section
        and other.passage.guide == first.passage.guide
        and other.score >= COMPANION * first.score
    ][:MOST]


def best_of_all(candidates: Sequence[Scored]) -> list[list[Passage]]:
    """The best passages, and those of a second section that fit nearly as well: two answers."""
    first = best(candidates)
    if not first:
        return []
    others = [
        one
        for one in candidates
        if one.passage.section != first[0].section and one.score >= ELSEWHERE * candidates[0].score
    ]
    second = best(others)
    return [first, second] if second else [first]


def related(
    candidates: Sequence[Scored],
    ranking: Sequence[Ranked],
    topics: Mapping[str, float],
    covers: float,
) -> Passage | None:
    """A sentence of the topic a question is near, though none answers it; None without a clear one.

    Passage and topic must agree and stand out: beside a refusal nothing is better than something
    far away.
    """
    first = candidates[0].passage if candidates else None
    about = sum(topics.values())
    if first is None or first.kind != "fact" or about < RELATED_INTENTS or covers < RELATED_COVERS:
        return None
    likely = {passage: likelihood for guide, passage, likelihood in ranking if guide == first.guide}
    topic = _topic(topics, first.section) / about
    near = likely.get(first.id, 0.0) >= RELATED_PASSAGE and topic >= RELATED_TOPIC
    return first if near else None


def by_section(parts: Sequence[Sequence[Passage]]) -> list[list[Passage]]:
    """The answers to the parts of a message, those of one section together; none twice."""
    found: dict[str, dict[str, Passage]] = {}
    for part in parts:
        for passage in part:
            found.setdefault(passage.section, {})[passage.id] = passage
    return [list(passages.values()) for passages in found.values()]
