"""A clinician's approval written into a guide file, every other byte left as it is."""

from __future__ import annotations

import json
import os
import re
import shutil
from datetime import date
from pathlib import Path
from typing import Literal

from bot.guide.model import SOURCE_LANGUAGE, GuideError, Problem, digest
from bot.guide.nodes import Node, read

Part = Literal["text", "plain"]
ONE_LINE = re.compile(r"^(?P<key>\s*approval: )\{.*\}(?P<rest>\s*)$")


def approve(
    path: Path, passage: str, *, part: Part, by: str, on: date, expires: date | None = None
) -> str:
    """The file's new content with one text approved; the caller writes it.

    Raises KeyError for an unknown passage or a text it does not have, ValueError for a missing
    name, an expiry in the past or a sentence that is published already, GuideError when the
    approval in the file is not written on one line.
    """
    if not by.strip():
        raise ValueError("an approval carries the name of who gives it")
    if not by.isprintable():
        raise ValueError("a name is one line of letters and signs that can be printed")
    if expires is not None and expires <= on:
        raise ValueError("an approval cannot have expired on the day it is given")
    if part == "text" and path.name.endswith(f".{SOURCE_LANGUAGE}.yml"):
        raise ValueError("the clinic's own sentences are approved by their publication")
    text = _text(_passage(path, passage), passage, part)
    original = _passage(_source(path), passage).string("text") or ""
    mark = digest(text.string("text") or "", original)
    return _written(path, text.get("approval") or text, _entry(by, on, expires, mark))


def replace(path: Path, content: str) -> None:
    """Put the new content in the file's place: whole or not at all, also when we are killed."""
    beside = path.with_name(f".{path.name}.new")
    with beside.open("w", encoding="utf-8", newline="") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    shutil.copymode(path, beside)
    beside.replace(path)


def _source(path: Path) -> Path:
    guide, _, _ = path.name.split(".")
    return path.with_name(f"{guide}.{SOURCE_LANGUAGE}.yml")


def _passage(path: Path, name: str) -> Node:
    for section in read(path).get("sections") or ():
        for passage in section.get("passages") or ():
            if passage.string("id") == name:
                return passage
    raise KeyError(name)


def _text(passage: Node, name: str, part: Part) -> Node:
    text = passage if part == "text" else passage.get("plain")
    if text is None:
        raise KeyError(f"{name} has no plain text")
    return text


def _entry(by: str, on: date, expires: date | None, mark: str) -> str:
    name = json.dumps(by.strip(), ensure_ascii=False)
    until = f", expires: {expires.isoformat()}" if expires else ""
    return f'{{state: approved, by: {name}, on: {on.isoformat()}{until}, digest: "{mark}"}}'


def _written(path: Path, approval: Node, entry: str) -> str:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    found = ONE_LINE.match(lines[approval.line - 1])
    if found is None:
        mend = "Write it as `approval: {state: draft}` on one line, then approve again"
        message = "The approval is not on one line"
        raise GuideError([Problem(path.name, approval.line, message, mend)])
    lines[approval.line - 1] = f"{found['key']}{entry}{found['rest']}"
    return "".join(lines)
