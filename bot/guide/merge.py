"""The files of one guide, one per language, made into one guide."""

from __future__ import annotations

from dataclasses import replace

from bot.guide.check import approval_holds
from bot.guide.model import SOURCE_LANGUAGE, Guide, Passage, Procedure, Section, Text, Wording
from bot.guide.schema import FileSection, GuideFile


def merge(files: list[GuideFile]) -> Guide:
    """The guide of these files, which must have passed every check."""
    source = next(file for file in files if file.is_source)
    return Guide(
        id=source.guide,
        version=source.version,
        source=source.source,
        titles={file.language: file.title for file in files},
        procedures=tuple(
            Procedure(name, {file.language: file.procedures[name] for file in files})
            for name in source.procedures
        ),
        sections=tuple(
            _merge_section(source, {file.language: file.sections[index] for file in files})
            for index in range(len(source.sections))
        ),
    )


def _merge_section(source: GuideFile, by_language: dict[str, FileSection]) -> Section:
    own = by_language[SOURCE_LANGUAGE]
    return Section(
        guide=source.guide,
        id=own.id,
        body=own.body,
        under=own.under,
        headings={language: section.heading for language, section in by_language.items()},
        titles={language: section.title for language, section in by_language.items()},
        passages=tuple(
            _merge_passage(source, by_language, index) for index in range(len(own.passages))
        ),
    )


def _merge_passage(source: GuideFile, by_language: dict[str, FileSection], index: int) -> Passage:
    own = by_language[SOURCE_LANGUAGE]
    parts = {language: section.passages[index] for language, section in by_language.items()}
    original = parts[SOURCE_LANGUAGE]
    return Passage(
        guide=source.guide,
        section=own.id,
        id=original.id,
        kind=original.kind,
        version=source.version,
        wordings={
            language: Wording(
                _still_approved(part.verbatim, original.verbatim.text),
                part.plain and _still_approved(part.plain, original.verbatim.text),
            )
            for language, part in parts.items()
        },
        questions={
            language: tuple(text for text, _ in part.questions) for language, part in parts.items()
        },
    )


def _still_approved(text: Text, with_text: str) -> Text:
    if approval_holds(text, with_text):
        return text
    return replace(text, approval=replace(text.approval, state="draft"))
