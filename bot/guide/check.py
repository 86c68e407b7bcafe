"""What must hold between guide files: same passages, same numbers, no question twice."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from bot.guide.model import SOURCE_LANGUAGE, Problem, Text, digest
from bot.guide.readability import flesch_kincaid_grade
from bot.guide.schema import FilePassage, GuideFile

NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
NOT_A_WORD = re.compile(r"[\W_]+")
HIGHEST_PLAIN_GRADE = 8.0


def check(files: Iterable[GuideFile]) -> list[Problem]:
    """Every problem between the files, and of each text with its source."""
    every = list(files)
    sources = {file.guide: file for file in every if file.is_source}
    problems: list[Problem] = []
    for file in every:
        source = sources.get(file.guide)
        if source is None:
            problems.append(_no_source(file))
            continue
        problems += [*_same_shape(file, source), *_texts(file, source), *_questions_once(file)]
    return problems


def normal_question(text: str) -> str:
    """The question without case, accents, punctuation: two that are equal here are the same."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return NOT_A_WORD.sub(" ", plain).strip()


def _no_source(file: GuideFile) -> Problem:
    name = f"{file.guide}.{SOURCE_LANGUAGE}.yml"
    return Problem(file.path.name, 1, "The guide's own text is missing", f"Add the file {name}")


def _same_shape(file: GuideFile, source: GuideFile) -> Iterator[Problem]:
    if file.version != source.version:
        yield Problem(
            file.path.name,
            file.version_line,
            f"This translates version {file.version}, the guide is at {source.version}",
            "Compare every sentence with the guide, then write its version",
        )
    yield from _same_procedures(file, source)
    yield from _same_sections(file, source)
    yield from _same_passages(file, source)


def _same_procedures(file: GuideFile, source: GuideFile) -> Iterator[Problem]:
    if set(file.procedures) != set(source.procedures):
        mend = f"Name exactly the ids of {source.path.name}"
        yield Problem(file.path.name, 1, "The procedures are not those of the guide", mend)


def _same_sections(file: GuideFile, source: GuideFile) -> Iterator[Problem]:
    ours = [(section.id, section.body, section.under) for section in file.sections]
    theirs = [(section.id, section.body, section.under) for section in source.sections]
    for index, section in enumerate(file.sections):
        if index >= len(theirs) or ours[index] != theirs[index]:
            mend = f"Keep id, body, under and order as in {source.path.name}"
            message = f"Section `{section.id}` is not the one the guide has here"
            yield Problem(file.path.name, section.line, message, mend)
            return
    if len(ours) < len(theirs):
        mend = "Add it; the text may be a draft"
        message = f"Section `{theirs[len(ours)][0]}` is missing"
        yield Problem(file.path.name, file.sections[-1].line, message, mend)


def _same_passages(file: GuideFile, source: GuideFile) -> Iterator[Problem]:
    for ours, theirs in zip(file.sections, source.sections, strict=False):
        mend = f"Keep ids, kinds and order as in {source.path.name}"
        expected = [(passage.id, passage.kind) for passage in theirs.passages]
        found = [(passage.id, passage.kind) for passage in ours.passages]
        if ours.id == theirs.id and found != expected:
            message = f"The passages of section `{ours.id}` are not those of the guide"
            yield Problem(file.path.name, ours.line, message, mend)


def _texts(file: GuideFile, source: GuideFile) -> Iterator[Problem]:
    originals = source.passages()
    for passage in file.passages().values():
        original = originals.get(passage.id)
        if original is None:
            continue
        if not file.is_source:
            yield from _compared(file, passage, passage.verbatim, original.verbatim.text)
        if passage.plain is not None:
            yield from _compared(file, passage, passage.plain, original.verbatim.text)
            yield from _easy_to_read(file, passage, passage.plain.text)


def _compared(
    file: GuideFile, passage: FilePassage, text: Text, with_text: str
) -> Iterator[Problem]:
    added = sorted(set(NUMBER.findall(text.text)) - set(NUMBER.findall(with_text)))
    if added:
        message = f"Passage `{passage.id}` says {', '.join(added)}, the guide does not"
        yield Problem(file.path.name, passage.line, message, "Take the number out")
    if not approval_holds(text, with_text):
        message = f"A text of passage `{passage.id}` was changed after it was approved"
        mend = "Approve it again; until then it counts as a draft"
        yield Problem(file.path.name, passage.line, message, mend, blocks=False)


def approval_holds(text: Text, with_text: str) -> bool:
    """False when an approved text, or the text it was compared with, has changed since."""
    approved = text.approval.state == "approved"
    return not approved or text.approval.digest == digest(text.text, with_text)


def _easy_to_read(file: GuideFile, passage: FilePassage, plain: str) -> Iterator[Problem]:
    if not file.is_source or not any(letter.isalpha() for letter in plain):
        return
    grade = flesch_kincaid_grade(plain)
    if grade > HIGHEST_PLAIN_GRADE:
        message = f"The plain text of passage `{passage.id}` has reading grade {grade:.1f}"
        mend = f"Use shorter words and sentences, down to {HIGHEST_PLAIN_GRADE:g}"
        yield Problem(file.path.name, passage.line, message, mend, blocks=False)


def _questions_once(file: GuideFile) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for passage in file.passages().values():
        for question, line in passage.questions:
            first = seen.setdefault(normal_question(question), passage.id)
            if first != passage.id or normal_question(question) == "":
                message = f"`{question}` is a question of `{first}` already"
                mend = "Leave it with the sentence that answers it best"
                yield Problem(file.path.name, line, message, mend)
