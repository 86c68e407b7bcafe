"""Ways an alert leaves the browser: a signed webhook, e-mail, a Telegram message to staff."""

from __future__ import annotations

import hashlib
import hmac
import json
import smtplib
from dataclasses import dataclass
from email.message import EmailMessage

import httpx

from bot.settings import Settings

TIMEOUT_S = 10.0
SIGNATURE = "X-Signature-SHA256"
AUDIENCES = ("nurses", "leads", "on_call")
Facts = dict[str, str | int]


class NotTaken(Exception):
    """The other side did not take it; the message holds no address and no token."""


@dataclass(frozen=True)
class Note:
    """One alert: facts for programs, two texts for people; no patient's words in either."""

    facts: Facts
    subject: str
    text: str


def addresses(settings: Settings, audience: str) -> list[tuple[str, str]]:
    """(way, address) for everybody of this audience; whoever else there is when it has none."""
    found = [("webhook", settings.alert_webhook)] if settings.alert_webhook else []
    for way, lists in _lists(settings).items():
        order = (audience, *(other for other in AUDIENCES if other != audience))
        chosen = next((lists[name] for name in order if lists[name].split()), "")
        found += [(way, address) for address in chosen.split()]
    return found


def _lists(settings: Settings) -> dict[str, dict[str, str]]:
    return {
        "email": {
            "nurses": settings.alert_email_to,
            "leads": settings.alert_email_leads,
            "on_call": settings.alert_email_on_call,
        },
        "telegram": {
            "nurses": settings.alert_telegram_nurses,
            "leads": settings.alert_telegram_leads,
            "on_call": settings.alert_telegram_on_call,
        },
    }


def send(way: str, address: str, note: Note, settings: Settings) -> None:
    """Hand the note over; raises NotTaken."""
    try:
        {"webhook": _webhook, "email": _email, "telegram": _telegram}[way](address, note, settings)
    except httpx.HTTPStatusError as error:
        raise NotTaken(f"answered {error.response.status_code}") from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError, smtplib.SMTPException, ValueError) as error:
        raise NotTaken(type(error).__name__) from None


def _webhook(address: str, note: Note, settings: Settings) -> None:
    content = json.dumps(note.facts, sort_keys=True).encode()
    signed = hmac.new(settings.alert_webhook_secret.encode(), content, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", SIGNATURE: signed}
    httpx.post(address, content=content, headers=headers, timeout=TIMEOUT_S).raise_for_status()


def _email(address: str, note: Note, settings: Settings) -> None:
    message = EmailMessage()
    message["From"] = settings.alert_email_from
    message["To"] = address
    message["Subject"] = note.subject
    message.set_content(note.text)
    with smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=TIMEOUT_S) as server:
        if settings.smtp_user:
            server.starttls()
            server.login(settings.smtp_user, settings.smtp_password)
        server.send_message(message)


def _telegram(address: str, note: Note, settings: Settings) -> None:
    url = f"{settings.telegram_bot_url}{settings.telegram_token}/sendMessage"
    content = {
        "chat_id": address,
        "text": f"{note.subject}\n{note.text}",
        "disable_web_page_preview": True,
    }
    httpx.post(url, json=content, timeout=TIMEOUT_S).raise_for_status()
