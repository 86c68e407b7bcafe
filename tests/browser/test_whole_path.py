"""The whole path in a real browser against the whole product: five steps of a newcomer.

Patient on the clinic's page, nurse in the console, all processes real. The pictures are those of
the README; PICTURES=1 writes them to docs/pictures.
"""

import os
import re
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import expect
from spine_clinic import PATIENCE_MS, VIEW, open_clinic, sign_in
from widget_site import Widget

from bot.guide import load_library

pytest_plugins = ["widget_fixtures"]
pytestmark = [pytest.mark.browser, pytest.mark.model, pytest.mark.processes]
ROOT = Path(__file__).parents[2]
SHOTS = ROOT / ("docs/pictures" if os.environ.get("PICTURES") else "tests/output/whole_path")
SECTIONS = [
    ("What is microscope-assisted surgery?", "what_is_it"),
    ("When is the microscope used?", "when_used"),
    ("What happens during the operation?", "during"),
    ("What happens right after the operation?", "immediate_postop"),
    ("What does my recovery depend on?", "recovery"),
    ("When can I drive again?", "return_to_activity"),
    ("Which warning signs should I look out for?", "warning_signs"),
    ("Does the microscope add any risk?", "risks"),
    ("Do you use neuronavigation in complex cases?", "complex_cases"),
    ("Can the doctor review my case in a consultation?", "consultation"),
]


@pytest.fixture(scope="module")
def clinic(model, tmp_path_factory):
    with open_clinic(tmp_path_factory.mktemp("clinic"), model) as instance:
        yield instance


@pytest.fixture
def browser(chromium):
    contexts = []

    def person(**how):
        contexts.append(chromium.new_context(locale="en-GB", **how))
        contexts[-1].set_default_timeout(PATIENCE_MS)
        return contexts[-1].new_page()

    yield person
    for context in contexts:
        context.close()


def picture(page, name):
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png")


def answered(widget, words):
    expect(widget.message(words).last).to_be_visible(timeout=PATIENCE_MS)


def test_from_a_question_to_a_nurses_answer_and_back(clinic, browser):
    page = browser(viewport=VIEW)
    page.goto(f"{clinic.url}/demo")
    patient = Widget(page).start()

    # a question the guide answers, with its source; one it does not answer
    patient.say("Do I have to fast before the operation?")
    answered(patient, "Fasting instructions, medication adjustments")
    picture(page, "widget-demo")
    guide = load_library(ROOT / "data" / "guide", serve_drafts=True, today=date.min)
    for question, section in SECTIONS:
        patient.say(question)
        answered(patient, f"Section: {guide.section(section).title('en')}")
    patient.say("How much does the operation cost?")
    answered(patient, "does not cover this")

    # a red flag: the fixed text at once, with contacts and reference; details may be ignored
    nurse = browser(viewport=VIEW)
    sign_in(nurse, clinic.url)
    patient.say("since this morning clear fluid is coming out of the wound")
    alert = patient.message("You mentioned").last
    expect(alert).to_contain_text("+00 123 456 789")
    expect(alert).to_contain_text("112")
    reference = re.search(r"reference (\w+)", alert.inner_text()).group(1)
    answered(patient, "Which phone number can the clinic call?")
    picture(page, "widget-red-flag")
    patient.say("Which exercises may I do for sport?")

    # the nurse sees it without reloading, with the patient's own words marked
    row = nurse.locator("[id^=request-]").filter(has_text=reference)
    expect(row).to_be_visible(timeout=PATIENCE_MS)
    picture(nurse, "console-queue")
    row.get_by_role("link").first.click()
    expect(nurse.locator("mark").first).to_contain_text("clear fluid is coming out of the wound")
    nurse.get_by_role("button", name="Acknowledge").click()
    nurse.get_by_role("button", name="Claim").click()
    nurse.locator("textarea[name=text]").first.fill("I am calling you now. Please keep lying flat.")
    nurse.get_by_role("button", name=re.compile("^Send")).first.click()

    # the patient sees a human; the assistant is silent until it is handed back
    answered(patient, "I am calling you now")
    expect(patient.message("I am calling you now").last).to_contain_text("Vera")
    nurse.evaluate("window.scrollTo(0, 0)")
    nurse.locator("mark").first.scroll_into_view_if_needed()
    picture(nurse, "console-request")
    said = patient.messages.count()
    patient.say("Thank you. What are the risks?")
    page.wait_for_timeout(3000)
    assert patient.messages.count() == said + 1
    nurse.get_by_role("button", name=re.compile("Hand back")).click()
    answered(patient, "handed back")
    patient.say("What are the risks of the operation?")
    answered(patient, "infection, bleeding")

    # closed with an outcome: one request, one episode
    nurse.get_by_text("Close the request").first.click()
    nurse.get_by_label("True alarm").check()
    nurse.get_by_label("Answered here").check()
    nurse.locator("details[open]").get_by_role("button").last.click()
    expect(nurse.get_by_text("True alarm · Answered here")).to_be_visible()
    [request] = clinic.requests()
    assert (request["reference"], request["priority"], request["status"]) == (
        reference,
        "urgent",
        "closed",
    )
