"""The whole path on Telegram: patients in their chats, the nurse in her browser, real processes.

Only Telegram itself is a local server that speaks its Bot API; the dialogue is the trained one.
"""

import re

import pytest
from chat_clinic import Clinic
from fake_api import TOKEN, FakeTelegram
from playwright.sync_api import expect
from spine_clinic import PATIENCE_MS, VIEW, open_clinic, sign_in

from bot.channels.telegram.texts import Texts
from bot.settings import Settings
from bot.store import Database

pytest_plugins = ["widget_fixtures"]
pytestmark = [pytest.mark.browser, pytest.mark.model, pytest.mark.processes]
PATIENCE_S = 30.0
QUESTION = "Do I have to fast before the operation?"
ANSWER = "Fasting instructions, medication adjustments"
RED_FLAG = "since this morning clear fluid is coming out of the wound"
EMERGENCY = "I can't pee since this morning and my bladder is full"
PARTS = ("web", "worker", "dialogue", "telegram")


@pytest.fixture(scope="module")
def telegram():
    with FakeTelegram() as fake:
        yield fake


@pytest.fixture(scope="module")
def house(model, telegram, tmp_path_factory):
    with open_clinic(
        tmp_path_factory.mktemp("telegram"),
        model,
        PARTS,
        telegram_token=TOKEN,
        telegram_api=telegram.url,
    ) as instance:
        yield instance


@pytest.fixture
def chats(house, telegram):
    database = Database(f"sqlite:///{house.directory / 'assistant.db'}")
    yield Chats(database, telegram, Texts.load(Settings(clinic_name="Spine Clinic")))
    database.close()


class Chats(Clinic):
    """Patients who wait longer than in the tests of the channel alone."""

    def reads(self, chat, part, timeout_s=PATIENCE_S):
        return super().reads(chat, part, timeout_s)

    def reads_again(self, chat, part, seen):
        self.telegram.wait(lambda: self.count(chat, part) > seen, PATIENCE_S)

    def count(self, chat, part):
        return sum(part in text for text in self.telegram.texts(chat))


@pytest.fixture
def nurse(chromium, house):
    context = chromium.new_context(locale="en-GB", viewport=VIEW)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    sign_in(page, house.url)
    yield page
    context.close()


def opened(nurse, reference):
    """The request's page, from the queue that shows it without reloading."""
    row = nurse.locator("[id^=request-]").filter(has_text=reference)
    expect(row).to_be_visible(timeout=PATIENCE_MS)
    row.get_by_role("link").first.click()


def a_question_is_answered_after_agreement(chats, telegram):
    telegram.text(5, QUESTION)
    chats.reads(5, "Do you agree?")
    assert chats.count(5, ANSWER) == 0
    chats.tap(5, "I agree")
    assert "Section: Getting ready" in chats.reads(5, ANSWER), "an answer names its section"
    telegram.text(5, "How much does the operation cost?")
    chats.reads(5, "does not cover this")


def a_red_flag_reaches_the_nurse_who_answers(chats, telegram, nurse):
    telegram.text(5, RED_FLAG)
    alert = chats.reads(5, "You mentioned")
    assert "+00 123 456 789" in alert
    reference = re.search(r"reference (\w+)", alert).group(1)
    opened(nurse, reference)
    expect(nurse.locator(".channel").first).to_contain_text("Telegram")
    expect(nurse.locator("mark").first).to_contain_text("clear fluid is coming out of the wound")
    nurse.get_by_role("button", name="Claim").click()
    nurse.locator("textarea[name=text]").first.fill("I am calling you now. Please keep lying flat.")
    nurse.get_by_role("button", name=re.compile("^Send")).first.click()
    said = chats.reads(5, "I am calling you now")
    assert said == "Vera (nurse):\nI am calling you now. Please keep lying flat."
    return reference


def what_the_patient_corrects_is_seen_and_the_assistant_stays_silent(chats, telegram, nurse):
    telegram.edit(5, f"{RED_FLAG}, I mean since yesterday")
    expect(nurse.get_by_text("Correction of an earlier message")).to_be_visible()
    expect(nurse.get_by_text("The patient corrected this message later")).to_be_visible()
    answers = chats.count(5, ANSWER)
    telegram.text(5, QUESTION)
    telegram.wait(lambda: chats.turns(5)[-1].state == "held", PATIENCE_S)
    nurse.get_by_role("button", name=re.compile("Hand back")).click()
    chats.reads(5, "handed back")
    assert chats.count(5, ANSWER) == answers
    telegram.text(5, QUESTION)
    chats.reads_again(5, ANSWER, answers)


def old_buttons_work_after_everything_was_killed(chats, telegram, house):
    for part in ("telegram", "worker"):
        house.kill(part)
        house.start(part)
    telegram.text(5, "/help")
    chats.reads(5, "/emergency - ")
    taps = len(telegram.called("answerCallbackQuery"))
    chats.tap(5, "Talk to a nurse")
    chats.reads(5, "added")
    telegram.wait(lambda: len(telegram.called("answerCallbackQuery")) == taps + 1, PATIENCE_S)


def what_staff_must_keep_is_kept_and_the_chat_is_free(chats, telegram, nurse):
    telegram.text(5, "/delete")
    chats.reads(5, "cannot be undone")
    chats.tap(5, "Delete everything")
    chats.reads(5, "is still open")
    nurse.get_by_text("Close the request").first.click()
    nurse.get_by_label("True alarm").check()
    nurse.get_by_label("Answered here").check()
    nurse.locator("details[open]").get_by_role("button").last.click()
    expect(nurse.get_by_text("True alarm · Answered here")).to_be_visible()
    telegram.text(5, "/delete")
    chats.reads_again(5, "cannot be undone", 1)
    chats.tap(5, "Delete everything")
    chats.reads(5, "must keep")
    assert chats.conversation(5) is None


def test_question_red_flag_nurse_answer_hand_back_delete(chats, telegram, house, nurse):
    a_question_is_answered_after_agreement(chats, telegram)
    reference = a_red_flag_reaches_the_nurse_who_answers(chats, telegram, nurse)
    what_the_patient_corrects_is_seen_and_the_assistant_stays_silent(chats, telegram, nurse)
    old_buttons_work_after_everything_was_killed(chats, telegram, house)
    what_staff_must_keep_is_kept_and_the_chat_is_free(chats, telegram, nurse)
    assert [request["reference"] for request in house.requests()] == [reference]

    # a patient who never needed a nurse leaves nothing behind
    telegram.text(6, "/start")
    chats.reads(6, "Do you agree?")
    telegram.text(6, "/delete")
    chats.reads(6, "cannot be undone")
    chats.tap(6, "Delete everything")
    chats.reads(6, "is deleted")
    assert chats.conversation(6) is None

    # a patient who blocks the bot is to be phoned, and the nurse's page says so
    telegram.text(7, EMERGENCY)
    flagged = re.search(r"reference (\w+)", chats.reads(7, "reference")).group(1)
    telegram.membership(7, "kicked")
    nurse.goto(f"{house.url}/console/queue")
    opened(nurse, flagged)
    expect(nurse.locator(".unreachable")).to_contain_text("phone")

    log = "".join(house.log(part) for part in PARTS)
    assert TOKEN not in log
    assert "clear fluid" not in log
