"""All guides, holding only the texts that may be shown today."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import TypeVar

from bot.guide.check import check
from bot.guide.merge import merge
from bot.guide.model import (
    SOURCE_LANGUAGE,
    Guide,
    GuideError,
    Passage,
    Problem,
    Section,
    Text,
    Wording,
)
from bot.guide.schema import GuideFile, read_file


class Library:
    """The guides a patient may be answered from; what may not be shown is not in it.

    With one guide, `guide` may be left out everywhere. Unknown ids raise KeyError.
    """

    def __init__(
        self, guides: tuple[Guide, ...], *, fingerprint: str, serve_drafts: bool, today: date
    ) -> None:
        self.fingerprint = fingerprint
        """Changes with any byte of any guide file."""
        self.serve_drafts = serve_drafts
        self.today = today
        self.complete = guides
        """Every text, also what may not be shown: for review, not for patients."""
        self.guides = {guide.id: self._served_guide(guide) for guide in guides}
        self._asked_for = self
        """Of the day that was asked for last."""

    def at(self, today: date) -> Library:
        """The same guides as they may be shown on another day; reads no file."""
        if today == self.today:
            return self
        known = self._asked_for
        if known.today != today:
            known = self._asked_for = Library(
                self.complete,
                fingerprint=self.fingerprint,
                serve_drafts=self.serve_drafts,
                today=today,
            )
        return known

    def guide(self, guide: str | None = None) -> Guide:
        """The guide of this id; raises KeyError when it is unknown, or left out among several."""
        if guide is None and len(self.guides) == 1:
            return next(iter(self.guides.values()))
        if guide is None:
            raise KeyError(f"say which guide: {', '.join(self.guides)}")
        return self.guides[guide]

    def guides_for(self, procedure: str) -> tuple[Guide, ...]:
        """The guides about the procedure of this id."""
        return tuple(
            guide
            for guide in self.guides.values()
            if procedure in {known.id for known in guide.procedures}
        )

    def section(self, section: str, *, guide: str | None = None) -> Section:
        """The section of this id."""
        return _by_id(self.guide(guide).sections, section)

    def passage(self, passage: str, *, guide: str | None = None) -> Passage:
        """The passage of this id, also one that may not be shown: then it has no wordings."""
        sections = self.guide(guide).sections
        return _by_id((one for section in sections for one in section.passages), passage)

    def passages(self, section: str, *, guide: str | None = None) -> tuple[Passage, ...]:
        """The section's passages that can answer something today, in the guide's order."""
        return tuple(filter(_can_answer, self.section(section, guide=guide).passages))

    def answerable(self, *, guide: str | None = None) -> tuple[Passage, ...]:
        """Every passage that can answer something today, of all guides unless one is named."""
        wanted = self.guides.values() if guide is None else (self.guide(guide),)
        return tuple(
            passage
            for one in wanted
            for section in one.sections
            for passage in section.passages
            if _can_answer(passage)
        )

    def neighbours(
        self, section: str, *, guide: str | None = None, count: int = 3
    ) -> tuple[Section, ...]:
        """The sections with an answer that stand nearest, what follows before what precedes."""
        sections = self.guide(guide).sections
        here = sections.index(self.section(section, guide=guide))
        others = sorted(
            (abs(index - here), index < here, index)
            for index, other in enumerate(sections)
            if index != here and any(map(_can_answer, other.passages))
        )
        return tuple(sections[index] for _, _, index in others[:count])

    def _served_guide(self, guide: Guide) -> Guide:
        return replace(guide, sections=tuple(map(self._served_section, guide.sections)))

    def _served_section(self, section: Section) -> Section:
        return replace(section, passages=tuple(map(self._served_passage, section.passages)))

    def _served_passage(self, passage: Passage) -> Passage:
        source = passage.wording(SOURCE_LANGUAGE).verbatim
        if source is None or self._served(source) is None:
            return replace(passage, wordings={})
        wordings = {
            language: Wording(self._served(wording.verbatim), self._served(wording.plain))
            for language, wording in passage.wordings.items()
        }
        return replace(passage, wordings=wordings)

    def _served(self, text: Text | None) -> Text | None:
        serves = text is not None and text.approval.serves(self.today, drafts=self.serve_drafts)
        return text if serves else None


def load_library(directory: Path, *, serve_drafts: bool, today: date) -> Library:
    """Reads every guide under the directory; raises GuideError with all that must be mended."""
    files, problems = _read_all(directory)
    blocking = [problem for problem in problems if problem.blocks]
    if blocking:
        raise GuideError(blocking)
    guides = tuple(merge(list(group)) for _, group in groupby(files, key=lambda file: file.guide))
    mark = _fingerprint([file.path for file in files])
    return Library(guides, fingerprint=mark, serve_drafts=serve_drafts, today=today)


def validate(directory: Path) -> list[Problem]:
    """Everything that is wrong in the guide files, in the order of files and lines."""
    return _read_all(directory)[1]


def _read_all(directory: Path) -> tuple[list[GuideFile], list[Problem]]:
    paths = sorted(directory.glob("*.yml"))
    if not paths:
        mend = "Put the guide there as <guide>.en.yml"
        return [], [Problem(str(directory), 1, "There is no guide", mend)]
    files: list[GuideFile] = []
    problems: list[Problem] = []
    for file, found in map(_read_or_explain, paths):
        files += [file] if file else []
        problems += found
    if not problems:
        problems = check(files)
    return files, sorted(problems, key=lambda problem: (problem.file, problem.line))


def _read_or_explain(path: Path) -> tuple[GuideFile | None, list[Problem]]:
    try:
        return read_file(path)
    except GuideError as error:
        return None, error.problems


def _fingerprint(paths: list[Path]) -> str:
    whole = sha256()
    for path in paths:
        whole.update(f"{path.name}\n".encode())
        whole.update(sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def _can_answer(passage: Passage) -> bool:
    return passage.answers and passage.source_text is not None


Item = TypeVar("Item", Section, Passage)


def _by_id(items: Iterable[Item], name: str) -> Item:
    for item in items:
        if item.id == name:
            return item
    raise KeyError(name)
