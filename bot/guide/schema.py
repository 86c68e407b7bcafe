"""One guide file in one language: read, checked against its form, kept with its lines."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import get_args

from bot.guide.model import SOURCE_LANGUAGE, Approval, Body, Kind, Problem, State, Text
from bot.guide.nodes import Node, read

FILE_NAME = re.compile(r"(?P<guide>[a-z0-9-]+)\.(?P<language>[a-z]{2})\.yml")
ID = re.compile(r"[a-z][a-z0-9_]*")
FILE_KEYS = {"guide", "language", "title", "version", "source", "procedures", "sections"}
PROCEDURE_KEYS = {"id", "names"}
SECTION_KEYS = {"id", "heading", "title", "body", "under", "passages"}
PASSAGE_KEYS = {"id", "kind", "text", "approval", "plain", "questions"}
TEXT_KEYS = {"text", "approval"}
APPROVAL_KEYS = {"state", "by", "on", "expires", "digest"}


@dataclass(frozen=True)
class FilePassage:
    """A passage as one file gives it; `questions` with the line each stands on."""

    id: str
    line: int
    kind: Kind
    verbatim: Text
    plain: Text | None
    questions: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class FileSection:
    """A section as one file gives it."""

    id: str
    line: int
    heading: str | None
    title: str
    body: Body
    under: str | None
    passages: tuple[FilePassage, ...]


@dataclass(frozen=True)
class GuideFile:
    """One file: a guide in one language."""

    path: Path
    guide: str
    language: str
    title: str
    version: str
    version_line: int
    source: str
    procedures: Mapping[str, tuple[str, ...]]
    sections: tuple[FileSection, ...]

    @property
    def is_source(self) -> bool:
        """True for the language the clinic publishes in."""
        return self.language == SOURCE_LANGUAGE

    def passages(self) -> dict[str, FilePassage]:
        """Every passage by its id, in the file's order."""
        return {passage.id: passage for section in self.sections for passage in section.passages}


def read_file(path: Path) -> tuple[GuideFile, list[Problem]]:
    """The file and what is wrong with its form; raises GuideError when it is no YAML at all."""
    reader = _Reader(path)
    return reader.file(read(path)), reader.problems


class _Reader:
    """Walks one file and notes every problem instead of stopping at the first."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[Problem] = []

    def note(self, node: Node, message: str, mend: str) -> None:
        self.problems.append(Problem(self.path.name, node.line, message, mend))

    def mapping(self, node: Node, keys: set[str], what: str) -> None:
        if node.entries is None:
            self.note(node, f"{what} is {node.kind}", f"Write it as keys and values: {_list(keys)}")
        for key, value in (node.entries or {}).items():
            if key not in keys:
                self.note(value, f"{what} has no key `{key}`", f"Use one of {_list(keys)}")

    def string(self, node: Node, key: str, what: str) -> str:
        value = node.get(key)
        if value is None:
            self.note(node, f"{what} has no `{key}`", f"Add `{key}:` with a text")
            return ""
        if value.text is None or not value.text.strip():
            self.note(value, f"`{key}` of {what} is not a text", f"Write a text after `{key}:`")
            return ""
        if value.text != value.text.strip():
            self.note(value, f"`{key}` of {what} begins or ends with a space", "Take the space out")
        return value.text

    def choice(self, node: Node, key: str, what: str, choices: tuple[str, ...]) -> str:
        text = self.string(node, key, what)
        if text and text not in choices:
            mend = f"Use one of {_list(set(choices))}"
            self.note(node.get(key) or node, f"`{key}` of {what} is `{text}`", mend)
        return text if text in choices else choices[0]

    def sequence(self, node: Node, key: str, what: str) -> tuple[Node, ...]:
        value = node.get(key)
        if value is not None and value.items is None:
            self.note(value, f"`{key}` of {what} is {value.kind}", "Write a list: lines with `- `")
        return tuple(value or ())

    def identifier(self, node: Node, what: str, seen: set[str]) -> str:
        name = self.string(node, "id", what)
        at = node.get("id") or node
        if name and not ID.fullmatch(name):
            self.note(at, f"The id `{name}` has other signs than a-z, 0-9 and _", "Rename it")
        if name in seen:
            self.note(at, f"The id `{name}` is used twice", "Give each its own id")
        seen.add(name)
        return name

    def file(self, root: Node) -> GuideFile:
        self.mapping(root, FILE_KEYS, "the file")
        guide, language = (self.string(root, key, "the file") for key in ("guide", "language"))
        self._file_name(root, guide, language)
        sections = self.sections(root, language)
        if not any(section.passages for section in sections):
            self.note(root, "The guide has no passage", "Add `sections:` with `passages:`")
        return GuideFile(
            path=self.path,
            guide=guide,
            language=language,
            title=self.string(root, "title", "the file"),
            version=self.string(root, "version", "the file"),
            version_line=(root.get("version") or root).line,
            source=self.string(root, "source", "the file"),
            procedures=self.procedures(root),
            sections=sections,
        )

    def _file_name(self, root: Node, guide: str, language: str) -> None:
        expected = f"{guide}.{language}.yml"
        if not FILE_NAME.fullmatch(self.path.name):
            mend = "Name it <guide>.<language>.yml with small letters, digits and hyphens"
            self.note(root, f"The file name `{self.path.name}` cannot be used", mend)
        elif guide and language and self.path.name != expected:
            message = f"The file says guide `{guide}` in `{language}`, its name says otherwise"
            self.note(root.get("guide") or root, message, f"Rename it to {expected}")

    def procedures(self, root: Node) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        seen: set[str] = set()
        for node in self.sequence(root, "procedures", "the file"):
            self.mapping(node, PROCEDURE_KEYS, "a procedure")
            name = self.identifier(node, "a procedure", seen)
            names = tuple(item.text or "" for item in self.sequence(node, "names", name))
            if not names or "" in names:
                self.note(node, f"Procedure `{name}` lacks a name", "Write `names: [...]`")
            found[name] = names
        if not found:
            mend = "Add `procedures:` with at least one `- id:` and `names:`"
            self.note(root, "The guide names no procedure", mend)
        return found

    def sections(self, root: Node, language: str) -> tuple[FileSection, ...]:
        sections: set[str] = set()
        passages: set[str] = set()
        return tuple(
            self.section(node, language, sections, passages)
            for node in self.sequence(root, "sections", "the file")
        )

    def section(
        self, node: Node, language: str, sections: set[str], passages: set[str]
    ) -> FileSection:
        self.mapping(node, SECTION_KEYS, "a section")
        name = self.identifier(node, "a section", sections)
        what = f"section `{name}`"
        section = FileSection(
            id=name,
            line=node.line,
            heading=node.string("heading"),
            title=self.string(node, "title", what),
            body=self.choice(node, "body", what, get_args(Body)),  # type: ignore[arg-type]
            under=node.string("under"),
            passages=tuple(
                self.passage(item, language, passages)
                for item in self.sequence(node, "passages", what)
            ),
        )
        self._section_sense(node, section, sections)
        return section

    def _section_sense(self, node: Node, section: FileSection, known: set[str]) -> None:
        what = f"Section `{section.id}`"
        if section.body == "present" and not section.passages:
            self.note(node, f"{what} has a body but no passages", "Add them, or say `body: none`")
        if section.body != "present" and section.passages:
            self.note(node, f"{what} has passages but no body", "Say `body: present`")
        if section.body != "present" and section.heading is None:
            self.note(node, f"{what} has neither heading nor body", "Take it out, or add a heading")
        if section.under is not None and section.under not in known - {section.id}:
            mend = "Name a section that stands further up"
            self.note(node, f"{what} is under `{section.under}`, which is not above it", mend)

    def passage(self, node: Node, language: str, seen: set[str]) -> FilePassage:
        self.mapping(node, PASSAGE_KEYS, "a passage")
        name = self.identifier(node, "a passage", seen)
        what = f"passage `{name}`"
        plain = node.get("plain")
        if plain is not None:
            self.mapping(plain, TEXT_KEYS, f"the plain text of {what}")
        passage = FilePassage(
            id=name,
            line=node.line,
            kind=self.choice(node, "kind", what, get_args(Kind)),  # type: ignore[arg-type]
            verbatim=self.text(node, what, published=language == SOURCE_LANGUAGE),
            plain=self.text(plain, f"the plain text of {what}") if plain else None,
            questions=self.questions(node, what),
        )
        if passage.kind == "lead_in" and (passage.questions or passage.plain):
            mend = "Take its questions and plain text out, or choose another kind"
            self.note(node, f"The lead-in `{name}` answers nothing by itself", mend)
        return passage

    def questions(self, node: Node, what: str) -> tuple[tuple[str, int], ...]:
        found = []
        for item in self.sequence(node, "questions", what):
            if item.text is None or not item.text.strip():
                self.note(item, f"A question of {what} is {item.kind}", 'Put it in "quotes"')
            else:
                found.append((item.text, item.line))
        return tuple(found)

    def text(self, node: Node, what: str, *, published: bool = False) -> Text:
        approval = node.get("approval")
        if approval is None:
            mend = "Add `approval: {state: draft}`"
            self.note(node, f"{what[0].upper()}{what[1:]} has no `approval`", mend)
            return Text(self.string(node, "text", what), Approval("draft"))
        return Text(self.string(node, "text", what), self.approval(approval, what, published))

    def approval(self, node: Node, what: str, published: bool) -> Approval:
        what = f"the approval of {what}"
        self.mapping(node, APPROVAL_KEYS, what)
        approval = Approval(
            state=self.choice(node, "state", what, get_args(State)),  # type: ignore[arg-type]
            by=node.string("by"),
            on=self.day(node, "on", what),
            expires=self.day(node, "expires", what),
            digest=node.string("digest"),
        )
        if approval.state == "published" and not published:
            mend = "Only the clinic's own sentences are published; say draft or approved"
            self.note(node, f"{what} says `published`", mend)
        if approval.state == "approved" and not (approval.by and approval.on and approval.digest):
            mend = "Approve it with the approve command, which fills in by, on and digest"
            self.note(node, f"{what} does not say who approved which text when", mend)
        return approval

    def day(self, node: Node, key: str, what: str) -> date | None:
        text = node.string(key)
        if text is None:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            mend = "Write it as year-month-day, such as 2026-11-30"
            self.note(node.get(key) or node, f"`{key}` of {what} is `{text}`, no date", mend)
            return date.min


def _list(names: set[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))
