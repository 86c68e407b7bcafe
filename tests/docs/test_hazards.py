"""The hazard log against the repository: controls and tests that it names exist."""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
LOG = yaml.safe_load((ROOT / "docs/hazards.yml").read_text("utf-8"))
HAZARDS = {hazard["id"]: hazard for hazard in LOG["hazards"]}
KEYS = {"id", "hazard", "harm", "severity", "causes", "controls", "open", "missing"}
SEVERITIES = {"catastrophic", "major", "considerable", "minor"}
TABLE_ROW = re.compile(r"^\| (H\d+) \| (.+?) \| (\w+) \| (.+?) \|$", re.MULTILINE)


@lru_cache
def functions_of(path: str) -> set[str]:
    """Names of the test functions of a file, also inside classes."""
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    names = {node.name for node in ast.walk(tree) if isinstance(node, functions)}
    return {name for name in names if name.startswith("test_")}


def named_tests(hazard):
    return [name for control in hazard["controls"] for name in control["tests"]]


def test_hazards_are_numbered_without_gaps():
    assert [hazard["id"] for hazard in LOG["hazards"]] == [
        f"H{number}" for number in range(1, len(LOG["hazards"]) + 1)
    ]


@pytest.mark.parametrize("name", HAZARDS)
def test_a_hazard_is_fully_described(name):
    hazard = HAZARDS[name]
    assert hazard.keys() <= KEYS
    assert all(hazard[key] for key in ("hazard", "harm", "causes"))
    assert hazard["severity"] in SEVERITIES
    assert ("missing" in hazard) == hazard.get("open", False), "open says what is missing"


@pytest.mark.parametrize("name", HAZARDS)
def test_a_hazard_has_a_tested_control_or_says_what_is_missing(name):
    hazard = HAZARDS[name]
    assert named_tests(hazard) or hazard.get("open") is True
    assert all(control["tests"] for control in hazard["controls"]), "a control without a test"


@pytest.mark.parametrize("name", HAZARDS)
def test_every_named_place_and_test_exists(name):
    hazard = HAZARDS[name]
    missing = [c["where"] for c in hazard["controls"] if not (ROOT / c["where"]).exists()]
    for test in named_tests(hazard):
        path, _, function = test.partition("::")
        if not (ROOT / path).is_file() or function not in functions_of(path):
            missing.append(test)
    assert missing == []


def test_the_table_for_readers_says_the_same():
    rows = TABLE_ROW.findall((ROOT / "docs/hazards.md").read_text("utf-8"))
    expected = [
        (h["id"], h["hazard"], h["severity"], "open" if h.get("open") else "controlled")
        for h in LOG["hazards"]
    ]
    assert rows == expected
