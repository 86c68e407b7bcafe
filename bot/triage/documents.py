"""YAML files with the line of every value, so that a fault can be named where it is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from bot.triage.errors import DataError, Problem
from bot.yaml_keys import given_twice

Keys = tuple[str | int, ...]


class _Loader(yaml.CSafeLoader):
    """YAML in which "no", "yes" and "on" are words, as the writers of phrases expect."""


_Loader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:bool" or first in "tTfF"]
    for first, pairs in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True)
class Document:
    """One data file: its name, its values, its syntax tree and a short hash of its bytes."""

    name: str
    data: Any
    tree: yaml.Node
    digest: str

    def line(self, keys: Keys) -> int:
        """The line of the value at `keys`, or of its nearest parent."""
        node = self.tree
        for key in keys:
            child = _child(node, key)
            if child is None:
                break
            node = child
        return int(node.start_mark.line) + 1

    def problem(self, keys: Keys, message: str, mend: str = "") -> Problem:
        """A fault at `keys`."""
        return Problem(self.name, self.line(keys), message, mend)


def _child(node: yaml.Node, key: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for name, value in node.value if name.value == key), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int):
        return node.value[key] if key < len(node.value) else None
    return None


def read(path: Path) -> Document:
    """The document at `path`; raises DataError when it is missing, no YAML or names a key twice."""
    try:
        text = path.read_text(encoding="utf-8")
        tree = yaml.compose(text, Loader=_Loader)
        data = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader
    except (OSError, UnicodeDecodeError) as error:
        fault = Problem(path.name, 1, f"cannot be read: {error}", "add the file")
        raise DataError(fault) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise DataError(Problem(path.name, line, f"is no YAML: {error}", "mend it")) from error
    if tree is None:
        raise DataError(Problem(path.name, 1, "is empty", "fill it or remove it"))
    twice = next(given_twice(tree), None)
    if twice:
        fault = Problem(path.name, twice.start_mark.line + 1, f"`{twice.value}` is given twice",
                        "keep one of the two")  # fmt: skip
        raise DataError(fault)
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return Document(path.name, data, tree, digest)


def schema_problems(document: Document, schema: dict[str, Any]) -> list[Problem]:
    """Every place where `document` departs from `schema`."""
    validator = jsonschema.Draft7Validator(schema)
    return [
        document.problem(tuple(error.absolute_path), error.message, "see data/triage/README.md")
        for error in validator.iter_errors(document.data)
    ]


def check(document: Document, schema: dict[str, Any]) -> Document:
    """`document` itself; raises DataError with the first departure from `schema`."""
    problems = schema_problems(document, schema)
    if problems:
        raise DataError(problems[0])
    return document
