"""YAML read so that every value still knows its line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from bot.guide.model import GuideError, Problem
from bot.yaml_keys import given_twice

NULL_TAG = "tag:yaml.org,2002:null"


@dataclass(frozen=True)
class Node:
    """A YAML value: `text` of a scalar (None for null), `items` of a list, `entries` of a mapping.

    Scalars stay text on purpose: `on`, `no` and dates are not turned into anything else.
    """

    line: int
    text: str | None = None
    items: tuple[Node, ...] | None = None
    entries: dict[str, Node] | None = field(default=None)

    @property
    def kind(self) -> str:
        """How an administrator would call it."""
        if self.entries is not None:
            return "a mapping"
        if self.items is not None:
            return "a list"
        return "text" if self.text is not None else "nothing"

    def __iter__(self) -> Iterator[Node]:
        return iter(self.items or ())

    def get(self, key: str) -> Node | None:
        """The value under a key; None when it is absent, null, or this is no mapping."""
        value = (self.entries or {}).get(key)
        return value if value is not None and value.kind != "nothing" else None

    def string(self, key: str) -> str | None:
        """The text under a key; None when there is none."""
        value = self.get(key)
        return value.text if value is not None else None


def read(path: Path) -> Node:
    """The file's content; raises GuideError when it is no YAML or names a key twice."""
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _unreadable(path, mark.line + 1 if mark else 1, str(error.problem)) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise _unreadable(path, 1, str(error)) from error
    if root is None:
        raise _unreadable(path, 1, "the file is empty")
    _no_key_twice(root, path)
    return _convert(root)


def _unreadable(path: Path, line: int, why: str) -> GuideError:
    mend = "Compare the indentation, quotes and colons with the lines around it"
    return GuideError([Problem(path.name, line, f"This is no readable YAML: {why}", mend)])


def _convert(node: yaml.Node) -> Node:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        return Node(line, entries={str(key.value): _convert(one) for key, one in node.value})
    if isinstance(node, yaml.SequenceNode):
        return Node(line, items=tuple(_convert(item) for item in node.value))
    return Node(line, text=None if node.tag == NULL_TAG else str(node.value))


def _no_key_twice(root: yaml.Node, path: Path) -> None:
    for key in given_twice(root):
        mend = f"Keep one of the two `{key.value}`"
        line = key.start_mark.line + 1
        raise GuideError([Problem(path.name, line, f"`{key.value}` is given twice", mend)])
