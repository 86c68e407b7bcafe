"""Every YAML file of the product says each thing once; YAML would silently keep the last."""

import pytest
import yaml

from bot.settings import ROOT
from bot.yaml_keys import given_twice

FILES = sorted(
    path
    for place in ("data", "bot", "docs")
    for path in (ROOT / place).rglob("*.yml")
) + [ROOT / name for name in ("config.yml", "domain.yml", "endpoints.yml")]  # fmt: skip


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_key_stands_twice(path):
    tree = yaml.compose(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
    assert not [key.value for key in given_twice(tree)]


def test_a_key_that_stands_twice_is_found_wherever_it_is():
    text = "a: 1\nb: [{c: 1, d: 2, c: 3}]\ne: {a: 1}\na: {f: 1, f: 2}\n"
    found = [(key.value, key.start_mark.line + 1) for key in given_twice(yaml.compose(text))]
    assert found == [("c", 2), ("a", 4), ("f", 4)]
