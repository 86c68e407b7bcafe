"""Codes that link a Telegram chat to a record: made in the console or by command, used once."""

import argparse
import re

import pytest
from clinic import Browser, Clinic, serving

from bot.channels.telegram import links
from bot.commands import requests as command
from bot.consultations import audit
from bot.errors import InvalidInput, NotFound
from bot.store.tables import AuditEntry, Conversation

SECRET = "for tests only"


class Chat:
    """As much of a Telegram conversation as using a code needs."""

    def __init__(self, session, conversation, said):
        self.session, self.conversation, self._said = session, conversation, said
        self.secret = SECRET

    def text(self, key):
        return key

    def say(self, text):
        self._said.append(text)


def use(clinic, code):
    said, chat_id = [], clinic.conversation(channel="telegram")
    with clinic.database.write() as session:
        links.use(Chat(session, session.get(Conversation, chat_id), said), code)
    with clinic.database.read() as session:
        return said, session.get(Conversation, chat_id).patient_name


def test_a_code_from_the_console_links_one_chat_once(clinic, vera):
    request_id = clinic.request(patient_name="Ada")
    page = vera.act(request_id, "link")
    assert page.status_code == 200
    assert "<svg viewBox" in page.text
    [code] = re.findall(r"https://t\.me/spine_bot\?start=([A-Za-z0-9_-]{48})<", page.text)
    assert use(clinic, code) == (["linked"], "Ada")
    assert use(clinic, code) == (["link_invalid"], None)
    with clinic.database.read() as session:
        row = session.query(AuditEntry).filter_by(action="request.link").one()
        assert (row.actor, row.object) == ("vera", f"request:{request_id}")
        assert code not in str(row.data)
        assert audit.verify(session).sound


def test_a_record_without_details_says_that_there_is_nothing_to_link(clinic, vera):
    assert "nothing to link" in vera.act(clinic.request(), "link").text
    assert "nothing to link" not in vera.act(clinic.request(patient_phone="1"), "link").text


def test_without_telegram_there_is_no_button_and_no_code(tmp_path):
    (tmp_path / "x").mkdir()
    plain = Clinic(tmp_path / "x", telegram_token="")
    plain.nurse("vera")
    with serving(plain.app()) as url:
        browser = Browser(url)
        browser.sign_in("vera")
        request_id = plain.request()
        assert "/link" not in browser.get(f"/console/requests/{request_id}").text
        refused = browser.act(request_id, "link")
        assert refused.status_code == 400
        assert "Telegram is not set up here" in refused.text
    plain.close()


def link(settings, reference):
    command.run(argparse.Namespace(action="link", reference=reference), settings)


def test_the_command_makes_one_too(clinic, capsys):
    reference = clinic.case(clinic.request(patient_name="Ada"))[0].reference
    link(clinic.settings, reference.lower())
    address = capsys.readouterr().out.strip()
    assert address.startswith("https://t.me/spine_bot?start=")
    assert use(clinic, address.partition("=")[2]) == (["linked"], "Ada")
    with pytest.raises(NotFound):
        link(clinic.settings, "NONE00")


def test_the_command_needs_the_secret_of_the_running_product(tmp_path):
    (tmp_path / "y").mkdir()
    plain = Clinic(tmp_path / "y", internal_secret="")
    with pytest.raises(InvalidInput, match="INTERNAL_SECRET"):
        link(plain.settings, "ABC234")
    plain.close()
