"""Talking to a running installation from a terminal."""

import subprocess
import sys

import pytest
import sqlalchemy as sa

from bot import parts
from bot.consultations import accounts, lifecycle
from bot.consultations.steps import Actor
from bot.evaluation.instance import free_port
from bot.settings import ROOT, Settings
from bot.store.tables import ConsultationRequest

pytestmark = [pytest.mark.processes, pytest.mark.model]

EMERGENCY = "Both my legs are numb and I cannot pee"
QUESTION = "Do I have to fast before the operation?"
TEST_TIMEOUT_S = 90


def chat(house, *arguments, given=None):
    return subprocess.run(
        [sys.executable, "-m", "bot", "chat", *arguments],
        cwd=ROOT,
        env=house._environment,
        input=given,
        capture_output=True,
        text=True,
        timeout=TEST_TIMEOUT_S,
        check=False,
    )


def answer(house, text):
    """A nurse claims the newest request and writes to its patient."""
    wording = parts.wording(Settings())

    def texts(key, locale, nurse):
        return wording.text(key, locale, name=nurse.display_name, role=nurse.role)

    with house.database.write() as session:
        accounts.add(session, "vera")
        newest = session.execute(
            sa.select(ConsultationRequest).order_by(ConsultationRequest.id.desc()).limit(1)
        ).scalar_one()
        actor = Actor(accounts.find(session, "vera"))
        lifecycle.claim(session, actor, newest.id, texts)
        lifecycle.reply(session, actor, newest.id, text, texts, send_id="s1")


def test_messages_are_answered_one_after_another(house):
    talk = chat(house, QUESTION, EMERGENCY)
    assert talk.returncode == 0, talk.stderr
    first, second = talk.stdout.split(f"> {EMERGENCY}\n")
    assert first.startswith(f"> {QUESTION}\nassistant: ")
    assert "  (microscope-assisted-spinal-surgery preparation: " in first
    assert "[emergency]: " in second
    assert "112" in second
    assert [found["priority"] for found in house.requests()].count("emergency") >= 1


def test_a_button_is_pressed_by_its_number_and_a_wrong_number_is_said(house):
    talk = chat(house, "/1", QUESTION, "/99", "/1")
    assert talk.returncode == 1
    assert "! there is no button 1\n" in talk.stdout
    assert "! there is no button 99\n" in talk.stdout
    assert talk.stdout.rpartition("> /1\n")[2].startswith("assistant: ")


def test_what_is_refused_is_explained_and_the_next_message_is_sent(house):
    talk = chat(house, given=f"{'x' * 2_000_000}\n{QUESTION}\n")
    assert talk.returncode == 0, talk.stderr
    assert "\n! 413 " in talk.stdout
    assert talk.stdout.rpartition(f"> {QUESTION}\n")[2].startswith("assistant: ")


def test_lines_are_read_in_the_language_that_was_chosen(house):
    talk = chat(house, "--language", "fr", given="\nbonjour\n\n")
    assert talk.returncode == 0, talk.stderr
    assert talk.stdout.count("> ") == 1
    assert "onjour" in talk.stdout.rpartition("> bonjour\n")[2]


def test_what_a_nurse_writes_appears_without_asking(house):
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "bot", "chat"],
        cwd=ROOT,
        env=house._environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as talk:
        talk.stdin.write(f"{EMERGENCY}\n")
        talk.stdin.flush()
        said = ""
        while "[emergency]" not in said:
            said = talk.stdout.readline()
        answer(house, "I am calling you now.")
        while "nurse:" not in said:
            said = talk.stdout.readline()
        talk.stdin.close()
        assert talk.wait(TEST_TIMEOUT_S) == 0
    assert said.startswith("nurse: I am calling you now.")


def test_where_nobody_listens_is_said(house):
    talk = chat(house, "--url", f"http://127.0.0.1:{free_port()}", "hello")
    assert talk.returncode == 1
    assert talk.stderr.startswith("chat: http://127.0.0.1:")
    assert "Traceback" not in talk.stderr
