"""Imports point one way: triage and guide stand alone (docs/architecture.md)."""

import ast

import pytest

from bot.settings import ROOT


def imported(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


@pytest.mark.parametrize("part", ["bot.triage", "bot.guide"])
def test_it_imports_nothing_of_ours_but_the_reading_of_keys(part):
    files = sorted((ROOT / part.replace(".", "/")).glob("*.py"))
    assert files
    ours = {
        (path.name, name)
        for path in files
        for name in imported(path)
        if name.split(".")[0] in ("bot", "actions")
        and name != "bot.yaml_keys"
        and not f"{name}.".startswith(f"{part}.")
    }
    assert ours == set()
