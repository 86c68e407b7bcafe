"""Every YAML file of the product says each thing once; YAML would silently keep the last."""

import pytest
import yaml

from bot.settings import ROOT

FILES = sorted(
    path
    for place in ("data", "bot", "docs")
    for path in (ROOT / place).rglob("*.yml")
) + [ROOT / name for name in ("config.yml", "domain.yml", "endpoints.yml")]  # fmt: skip


def keys_given_twice(node):
    if isinstance(node, yaml.MappingNode):
        names = [key.value for key, _ in node.value]
        yield from (name for name in names if names.count(name) > 1)
        for _, value in node.value:
            yield from keys_given_twice(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from keys_given_twice(item)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_key_stands_twice(path):
    tree = yaml.compose(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
    assert not set(keys_given_twice(tree))
