"""What an administrator sets: read once, checked at start, every mistake named."""

import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.settings import ROOT, Settings

PRODUCTION = {
    "ENVIRONMENT": "production",
    "CLINIC_NAME": "Spine clinic",
    "CLINIC_PHONE": "01 23 45 67 89",
    "EMERGENCY_NUMBER": "112",
    "PUBLIC_URL": "https://assistant.clinic.example",
}


def problems(**environment):
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment(environment)
    return refused.value.message


def test_nothing_has_to_be_set_for_the_demo():
    settings = Settings.from_environment({})
    assert settings == Settings()
    assert not settings.production
    assert settings.serve_drafts
    assert settings.host == "127.0.0.1"


def test_production_starts_with_what_a_clinic_must_say():
    settings = Settings.from_environment(PRODUCTION)
    assert settings.production
    assert settings.clinic_phone == "01 23 45 67 89"


@pytest.mark.parametrize("name", sorted(set(PRODUCTION) - {"ENVIRONMENT"}))
@pytest.mark.parametrize("value", [None, "", "   "])
def test_production_refuses_to_start_with_a_gap(name, value):
    environment = {**PRODUCTION, name: value}
    if value is None:
        del environment[name]
    assert problems(**environment) == f"{name} must be set in production"


def test_all_gaps_are_named_at_once():
    told = problems(ENVIRONMENT="production", PORT="0", LOCALE="de")
    for name in ("CLINIC_NAME", "CLINIC_PHONE", "EMERGENCY_NUMBER", "PUBLIC_URL", "PORT", "LOCALE"):
        assert name in told


def test_drafts_are_served_in_production_only_when_somebody_says_so():
    assert Settings.from_environment(PRODUCTION).serve_drafts is False
    assert Settings.from_environment({**PRODUCTION, "SERVE_DRAFTS": "yes"}).serve_drafts is True


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("LOCALE", "tlh"),
        ("ENVIRONMENT", "prod"),
        ("SERVE_DRAFTS", "perhaps"),
        ("FEVER_THRESHOLD_C", "39"),
        ("FEVER_THRESHOLD_C", "36"),
        ("FEVER_THRESHOLD_C", "nan"),
        ("FEVER_THRESHOLD_C", "38,0"),
        ("ANSWER_DEADLINE_S", "soon"),
        ("ALERT_WEBHOOK", "https://pager.example"),
        ("ALERT_EMAIL_TO", "nurses@clinic.example"),
        ("WEB_WORKERS", "0"),
        ("RASA_WORKERS", "two"),
    ],
)
def test_a_wrong_value_is_named(name, value):
    assert name in problems(**{name: value})


@pytest.mark.parametrize(
    ("value", "wanted"), [("1", True), ("TRUE", True), ("no", False), ("0", False)]
)
def test_yes_and_no_are_understood(value, wanted):
    assert Settings.from_environment({"SERVE_DRAFTS": value}).serve_drafts is wanted


@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf"])
def test_a_deadline_is_a_number_above_zero(value):
    with pytest.raises(SettingsError, match="ANSWER_DEADLINE_S"):
        Settings.from_environment({"ANSWER_DEADLINE_S": value})


def test_the_fever_threshold_may_only_be_lowered():
    assert Settings.from_environment({"FEVER_THRESHOLD_C": "37.5"}).fever_threshold_c == 37.5


def test_the_record_is_a_file_unless_a_server_is_named(tmp_path):
    settings = Settings.from_environment({"VAR": str(tmp_path)})
    assert settings.database == f"sqlite:///{tmp_path}/assistant.db"
    settings = Settings.from_environment({"DATABASE_URL": "postgresql://clinic@db/record"})
    assert settings.database == "postgresql://clinic@db/record"


def test_the_dialogue_listens_on_loopback_whatever_the_public_address_is():
    settings = Settings.from_environment({"HOST": "0.0.0.0", "PORT": "9000"})  # noqa: S104
    assert settings.rasa_url == "http://127.0.0.1:9005"


def test_several_dialogue_processes_need_common_locks_and_a_common_memory():
    assert "REDIS_URL" in problems(RASA_WORKERS="2")
    assert "REDIS_URL" in problems(RASA_WORKERS="2", REDIS_URL="127.0.0.1")
    redis = "redis://127.0.0.1:6379/0"
    assert "RASA_TRACKER_URL" in problems(
        RASA_WORKERS="2", REDIS_URL=redis, RASA_TRACKER_URL="memory"
    )
    two = Settings.from_environment({"PORT": "9000", "RASA_WORKERS": "2", "REDIS_URL": redis})
    assert two.rasa_urls == ["http://127.0.0.1:9005", "http://127.0.0.1:9006"]


def test_every_variable_is_in_the_manual():
    manual = (ROOT / "docs" / "operations.md").read_text("utf-8")
    missing = [
        field.name.upper() for field in fields(Settings) if f"`{field.name.upper()}" not in manual
    ]
    assert missing == []


@pytest.mark.parametrize("command", ["web", "worker", "dialogue", "run"])
def test_no_process_starts_with_gaps_in_production(command, tmp_path):
    refused = subprocess.run(
        [sys.executable, "-m", "bot", command],
        cwd=ROOT,
        env={"ENVIRONMENT": "production", "VAR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert refused.returncode not in (0, None)
    assert "CLINIC_PHONE must be set in production" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert list(Path(tmp_path).iterdir()) == []
