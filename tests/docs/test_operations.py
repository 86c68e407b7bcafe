"""The operations manual against the product: settings, commands, metrics, log events."""

from __future__ import annotations

import re
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from bot.commands import COMMANDS
from bot.settings import ROOT as PRODUCT
from bot.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
MANUAL = (ROOT / "docs/operations.md").read_text("utf-8")
SETTING = re.compile(r"^\| `([A-Z][A-Z_]+)` \|(.*?)\| .+ \|$", re.MULTILINE)
COMMAND = re.compile(r"python -m bot ([a-z]+)|`bot ([a-z]+)`")
SAID_IN_WORDS = {"serve_drafts", "database_url", "rasa_tracker_url", "rasa_port", "internal_secret"}
"""Settings whose default depends on others."""


def test_every_setting_is_in_the_manual_and_no_other():
    documented = [name for name, _ in SETTING.findall(MANUAL)]
    assert documented == [field.name.upper() for field in fields(Settings)]


@pytest.mark.parametrize(("name", "said"), SETTING.findall(MANUAL))
def test_the_default_is_the_one_in_the_manual(name, said):
    field = next(field for field in fields(Settings) if field.name == name.lower())
    if field.name in SAID_IN_WORDS:
        assert said
        return
    assert field.default is not MISSING
    default = field.default
    shown = str(default.relative_to(PRODUCT)) if isinstance(default, Path) else str(default)
    assert said.strip("` ") == shown


def test_every_command_in_the_manual_exists():
    named = {first or second for first, second in COMMAND.findall(MANUAL)}
    assert named <= COMMANDS.keys()
    assert {"backup", "export", "erase", "run"} <= named


@pytest.mark.parametrize(
    "metric", re.findall(r"^\| `([a-z_]+)(?:\{.*\})?` \| ", MANUAL, re.MULTILINE)
)
def test_every_metric_in_the_manual_exists(metric):
    assert f'"{metric}"' in (ROOT / "bot/health.py").read_text("utf-8")


def test_every_log_event_in_the_manual_exists():
    table = MANUAL.split("| event | means |")[1].split("## ")[0]
    code = "".join(path.read_text("utf-8") for path in (ROOT / "bot").rglob("*.py"))
    named = re.findall(r"`([a-z]+\.[a-z_]+)`", table)
    assert named
    assert [event for event in named if f'"{event}"' not in code] == []
