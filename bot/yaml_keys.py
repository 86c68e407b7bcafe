"""Keys that stand twice in one mapping of a YAML file: YAML would silently keep the last."""

from __future__ import annotations

from collections.abc import Iterator

import yaml


def given_twice(node: yaml.Node) -> Iterator[yaml.Node]:
    """The later of two equal keys of one mapping, in the order of the file."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                yield key
            seen.add(name)
            yield from given_twice(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from given_twice(item)
