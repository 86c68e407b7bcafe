"""Which passages answer a question, from what the model believes about intent and passages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.guide.library import Library
from bot.guide.model import Passage

PASSAGE_FLOOR = 0.05
TOPIC_FLOOR = 0.05
"""Topic and passage are judged apart and multiplied; the floors let either be wrong. Compared in
docs/decisions/0006."""
COMPANION = 0.30
"""A second sentence of the same section is shown when it is at least this likely, relatively."""
MOST = 2
SHARED_TOPIC = {"intro": "what_is_it"}
"""Sections that patients ask about in the same words as another."""


@dataclass(frozen=True)
class Scored:
    """A passage and how well it fits the question; only the order and ratios mean something."""

    passage: Passage
    score: float


def score(
    library: Library, ranking: Sequence[tuple[str, str, float]], topics: Mapping[str, float]
) -> list[Scored]:
    """Candidates, best first; passages that may not be shown are left out.

    `ranking` holds (guide, passage, probability); `topics` gives for a section the probability
    that the question is about it.
    """
    scored = []
    for guide, passage_id, probability in ranking:
        passage = library.passage(passage_id, guide=guide)
        if passage.answers and passage.source_text is not None:
            topic = topics.get(SHARED_TOPIC.get(passage.section, passage.section), 0.0)
            total = (probability + PASSAGE_FLOOR) * (topic + TOPIC_FLOOR)
            scored.append(Scored(passage, total))
    return sorted(scored, key=lambda one: one.score, reverse=True)


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
