"""What the guides teach: their example questions, each with the sentence that answers it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from bot.guide import Library, load_library
from bot.nlu import normal
from bot.settings import ROOT

PREFIX = "ask_"
ANY_SECTION = "ask_guide"
"""The intent of questions about a section that has none of its own: another guide's."""
NOT_ABOUT_THE_GUIDE = {"ask_nurse"}
NOT_COVERED = ("not_in_guide", "out_of_scope")


@dataclass(frozen=True)
class Asked:
    """The example questions of all guides with the passage and section that answer each."""

    questions: list[str]
    keys: list[str]
    sections: list[str]
    fingerprint: str


def about_guide(intent: str | None) -> bool:
    """Whether an intent asks for a section of a guide."""
    return bool(intent) and str(intent).startswith(PREFIX) and intent not in NOT_ABOUT_THE_GUIDE


def guides(directory: str | None) -> Library:
    """The guides training learns from: None for the installation's own."""
    return _guides(Path(directory) if directory else ROOT / "data" / "guide")


@lru_cache(maxsize=2)
def _guides(directory: Path) -> Library:
    return load_library(directory, serve_drafts=True, today=date.min)


def guide_questions(directory: str | None) -> Asked:
    """The example questions of the guides in a directory, in their normal form."""
    library = guides(directory)
    found = [
        (normal.text(question), "#".join(passage.key), passage.section)
        for passage in library.answerable()
        for asked in passage.questions.values()
        for question in asked
    ]
    questions, keys, sections = (list(column) for column in zip(*found, strict=True))
    return Asked(questions, keys, sections, library.fingerprint)
