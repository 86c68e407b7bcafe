"""What a guide is made of; immutable, independent of files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Literal

SOURCE_LANGUAGE = "en"
"""The language in which the clinic publishes its guides; other languages are translations of it."""

State = Literal["published", "draft", "approved", "expired"]
Kind = Literal["fact", "about", "invitation", "lead_in"]
Body = Literal["present", "none", "below"]


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong in a guide file, and how to put it right."""

    file: str
    line: int
    message: str
    mend: str
    blocks: bool = True
    """False: the guide can be loaded all the same, the text in question is only held back."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}. {self.mend}"


class GuideError(Exception):
    """The guides cannot be loaded: every problem; `file`, `line`, `mend` are the first's."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems
        self.file, self.line, self.mend = problems[0].file, problems[0].line, problems[0].mend


def digest(*texts: str) -> str:
    """What an approval is tied to: the approved text, then the text it was compared with."""
    return sha256("\n".join(texts).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Approval:
    """Whether a text may be shown to patients, and who said so."""

    state: State
    by: str | None = None
    on: date | None = None
    expires: date | None = None
    """From this day on the text is no longer shown."""
    digest: str | None = None

    def serves(self, today: date, *, drafts: bool) -> bool:
        """True when text under this approval may be shown today."""
        if self.state == "expired" or (self.expires is not None and today >= self.expires):
            return False
        return drafts or not self.is_draft

    @property
    def is_draft(self) -> bool:
        """True until a clinician has approved the text."""
        return self.state == "draft"


@dataclass(frozen=True)
class Text:
    """A text with the approval it stands under."""

    text: str
    approval: Approval


@dataclass(frozen=True)
class Wording:
    """A passage in one language; None where there is no such text or it may not be shown."""

    verbatim: Text | None
    plain: Text | None


@dataclass(frozen=True)
class Passage:
    """One sentence of a guide in all its languages."""

    guide: str
    section: str
    id: str
    kind: Kind
    version: str
    wordings: Mapping[str, Wording]
    questions: Mapping[str, tuple[str, ...]]
    """Language to questions this sentence answers: for training, never shown."""

    @property
    def key(self) -> tuple[str, str]:
        """Guide and passage id: unique among all guides."""
        return self.guide, self.id

    @property
    def answers(self) -> bool:
        """False for a lead-in ("Typical situations include:"), which says nothing by itself."""
        return self.kind != "lead_in"

    def wording(self, language: str) -> Wording:
        """The texts in this language, empty where there are none."""
        return self.wordings.get(language, Wording(None, None))

    @property
    def source_text(self) -> str | None:
        """The clinic's own sentence; None when it may not be shown any more."""
        verbatim = self.wording(SOURCE_LANGUAGE).verbatim
        return verbatim.text if verbatim else None


@dataclass(frozen=True)
class Section:
    """A part of a guide under one topic."""

    guide: str
    id: str
    body: Body
    """`none`: a heading with nothing under it; `below`: its text is in the sections `under` it."""
    under: str | None
    headings: Mapping[str, str | None]
    """Language to the guide's own heading, None where the guide has none."""
    titles: Mapping[str, str]
    """Language to a short title for buttons."""
    passages: tuple[Passage, ...]

    def title(self, language: str) -> str:
        """The short title, in the guide's own language where it is not translated."""
        return self.titles.get(language) or self.titles[SOURCE_LANGUAGE]


@dataclass(frozen=True)
class Procedure:
    """An operation the guide is about, with the names patients have for it."""

    id: str
    names: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Guide:
    """One guide in all its languages, sections in the guide's own order."""

    id: str
    version: str
    source: str
    titles: Mapping[str, str]
    procedures: tuple[Procedure, ...]
    sections: tuple[Section, ...]
