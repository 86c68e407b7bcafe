"""What an administrator sets, read once from the environment and checked at start.

Every variable is listed in `docs/operations.md`; a test compares the two.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, get_type_hints

from bot.errors import SettingsError
from bot.office import Office

ROOT = Path(__file__).resolve().parent.parent
LOCALES = ("en", "es", "fr")
SECRET_HEADER = "X-Internal-Secret"  # noqa: S105  the header's name, between our processes
FEVER_FLOOR_C = 37.5
FEVER_DEFAULT_C = 38.0
MAX_PORT = 65_535


@dataclass(frozen=True)
class Settings:
    """Field `clinic_phone` is read from CLINIC_PHONE, and so on."""

    environment: str = "demo"
    """`demo` fills gaps with generic wording; `production` refuses to start with gaps."""
    clinic_name: str = ""
    """Empty: texts speak of "the clinic"."""
    clinic_phone: str = ""
    clinic_hours: str = ""
    out_of_hours: str = ""
    office_hours: str = ""
    """`mon-fri 08:00-17:00`; empty: patients are never told that the clinic is closed."""
    office_time_zone: str = ""
    office_closed: str = ""
    """Days on which the clinic is closed, such as 2026-12-25, separated by spaces."""
    emergency_number: str = ""
    emergency_department: str = ""
    crisis_line: str = ""
    locale: str = "en"
    fever_threshold_c: float = FEVER_DEFAULT_C
    semantic_triage: bool = True
    """Red flags told without the lexicon's words; adds about 70 MB and 20 ms a sentence."""
    serve_drafts: bool = True
    """Translations and plain-language versions not yet approved; never in production unless set."""

    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = ""
    allowed_origins: str = ""
    """Sites that may embed the widget, separated by spaces."""
    var: Path = ROOT / "var"
    data: Path = ROOT / "data"
    models: Path = ROOT / "models"
    database_url: str = ""
    rasa_tracker_url: str = ""
    rasa_port: int = 0
    """0: PORT + 5; further dialogue processes take the numbers after it."""
    rasa_workers: int = 1
    """Dialogue processes; more than one need REDIS_URL for Rasa's locks."""
    web_workers: int = 1
    """Web processes on PORT."""
    redis_url: str = ""
    internal_secret: str = ""
    """Shared by our own processes; made by `run` when empty."""
    answer_deadline_s: float = 8.0
    """After this long without an answer the patient reads the honest text."""
    action_deadline_s: float = 4.0
    telegram_token: str = ""
    telegram_name: str = ""
    """The bot's name, for links that lead to it."""
    telegram_api: str = "https://api.telegram.org"
    telegram_webhook_secret: str = ""
    alert_webhook: str = ""
    """Address that is told of unacknowledged requests, signed; no patient's words."""
    alert_webhook_secret: str = ""
    alert_email_to: str = ""
    """Addresses of the staff, separated by spaces; needs SMTP_HOST and ALERT_EMAIL_FROM."""
    alert_email_leads: str = ""
    """Who gets the steps for leads; empty: ALERT_EMAIL_TO."""
    alert_email_on_call: str = ""
    alert_telegram_nurses: str = ""
    """Numbers of staff chats in which TELEGRAM_TOKEN's bot may write, separated by spaces."""
    alert_telegram_leads: str = ""
    alert_telegram_on_call: str = ""
    alert_email_from: str = ""
    smtp_host: str = ""
    smtp_port: int = 25
    smtp_user: str = ""
    smtp_password: str = ""
    second_factor_required: bool = False
    """Every account of the console sets up a code from an app before it can do anything else."""
    max_message_chars: int = 100_000
    messages_per_minute: int = 60
    """Of one conversation in the widget, in the long run; red flags are never held back."""
    message_burst: int = 300
    conversations_per_minute: int = 60
    """Opened from one address; addresses of this machine are not counted."""
    privacy_url: str = ""
    """The clinic's full privacy policy, linked from the notice."""
    log_level: str = "INFO"

    @property
    def production(self) -> bool:
        """Whether patients of a real clinic use this installation."""
        return self.environment == "production"

    @property
    def database(self) -> str:
        """The SQLAlchemy URL of the record."""
        return self.database_url or f"sqlite:///{self.var / 'assistant.db'}"

    @property
    def rasa_url(self) -> str:
        """Where the first dialogue process listens: loopback only."""
        return self.rasa_urls[0]

    @property
    def rasa_urls(self) -> list[str]:
        """Where all of them listen."""
        first = self.rasa_port or self.port + 5
        return [f"http://127.0.0.1:{first + number}" for number in range(self.rasa_workers)]

    @property
    def telegram_bot_url(self) -> str:
        """What a bot's token is added to for the address of its interface."""
        return f"{self.telegram_api.rstrip('/')}/bot"

    @property
    def office(self) -> Office:
        """When somebody is there."""
        return Office.parse(self.office_hours, self.office_time_zone, self.office_closed)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read and check; raises SettingsError naming every variable that is wrong."""
        environ = os.environ if environ is None else environ
        hints = get_type_hints(cls)
        values: dict[str, Any] = {}
        problems: list[str] = []
        for field in fields(cls):
            raw = environ.get(field.name.upper(), "").strip()
            if raw:
                _convert(field.name, raw, hints[field.name], values, problems)
        if values.get("environment") == "production":
            values.setdefault("serve_drafts", False)
        settings = cls(**values)
        problems += settings.problems()
        if problems:
            raise SettingsError("; ".join(problems))
        return settings

    def problems(self) -> list[str]:
        """What is wrong, one sentence a variable; empty when usable."""
        found = []
        if self.environment not in ("demo", "production"):
            found.append("ENVIRONMENT must be demo or production")
        if self.locale not in LOCALES:
            found.append(f"LOCALE must be one of {', '.join(LOCALES)}")
        if not FEVER_FLOOR_C <= self.fever_threshold_c <= FEVER_DEFAULT_C:
            found.append("FEVER_THRESHOLD_C may only be lowered, from 38.0 to 37.5 at the least")
        if not 0 < self.port <= MAX_PORT:
            found.append("PORT must be between 1 and 65535")
        found += self._not_positive()
        if self.privacy_url and not self.privacy_url.startswith(("https://", "http://", "/")):
            found.append("PRIVACY_URL must be an address that starts with https://")
        found += self._unreadable_hours()
        if self.telegram_token and not self.telegram_api.startswith(("https://", "http://")):
            found.append("TELEGRAM_API must begin with https://")
        found += self._without_common_memory()
        if self.alert_webhook and not self.alert_webhook_secret:
            found.append("ALERT_WEBHOOK_SECRET must be set with ALERT_WEBHOOK")
        found += self._alerts_without_a_way()
        if self.rasa_tracker_url and self.rasa_tracker_url == self.database_url:
            found.append("RASA_TRACKER_URL must name another database than DATABASE_URL")
        if self.production:
            found += self._missing_in_production()
        return found

    def _alerts_without_a_way(self) -> list[str]:
        found = []
        to_email = self.alert_email_to or self.alert_email_leads or self.alert_email_on_call
        if to_email and not (self.smtp_host and self.alert_email_from):
            found.append("SMTP_HOST and ALERT_EMAIL_FROM must be set with ALERT_EMAIL_TO")
        chats = [
            (f"ALERT_TELEGRAM_{name.upper()}", getattr(self, f"alert_telegram_{name}"))
            for name in ("nurses", "leads", "on_call")
        ]
        if any(value for _, value in chats) and not self.telegram_token:
            found.append("TELEGRAM_TOKEN must be set with ALERT_TELEGRAM_NURSES, _LEADS, _ON_CALL")
        found += [
            f"{name} needs the numbers of chats, separated by spaces"
            for name, value in chats
            if not all(re.fullmatch(r"-?\d{1,20}", chat) for chat in value.split())
        ]
        return found

    def _without_common_memory(self) -> list[str]:
        """Several dialogue processes need what they share."""
        if self.rasa_workers <= 1:
            return []
        found = []
        if not self.redis_url.startswith(("redis://", "rediss://")):
            found.append("REDIS_URL must be set, as redis://..., with RASA_WORKERS above 1")
        if self.rasa_tracker_url == "memory":
            found.append("RASA_TRACKER_URL must name a database with RASA_WORKERS above 1")
        return found

    def _unreadable_hours(self) -> list[str]:
        try:
            _ = self.office
        except ValueError as error:
            return [str(error)]
        return []

    def _not_positive(self) -> list[str]:
        names = (
            "answer_deadline_s", "action_deadline_s", "max_message_chars", "smtp_port",
            "rasa_workers", "web_workers",
            "messages_per_minute", "message_burst", "conversations_per_minute",
        )  # fmt: skip
        return [
            f"{name.upper()} must be a number above 0"
            for name in names
            if not 0 < getattr(self, name) < math.inf
        ]

    def _missing_in_production(self) -> list[str]:
        needed = ("clinic_name", "clinic_phone", "emergency_number", "public_url")
        defaults = {field.name: field.default for field in fields(type(self))}
        return [
            f"{name.upper()} must be set in production"
            for name in needed
            if getattr(self, name) in ("", defaults[name])
        ]


def _convert(name: str, raw: str, kind: type, values: dict[str, Any], problems: list[str]) -> None:
    try:
        values[name] = _truth(raw) if kind is bool else kind(raw)
    except ValueError:
        problems.append(f"{name.upper()} should be {kind.__name__}, not {raw!r}")


def _truth(raw: str) -> bool:
    try:
        return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[
            raw.lower()
        ]
    except KeyError:
        raise ValueError(raw) from None
