"""What a patient experiences, through the fake Bot API, the real client and a real database."""

from __future__ import annotations

import time

import pytest

from bot.channels.telegram import links
from bot.conversation import conversations
from bot.settings import LOCALES
from bot.store.tables import Conversation

QUESTION = "What should I bring to the hospital?"
EMERGENCY = "I can't pee since this morning and my bladder is full"
URGENT = "I have a fever of 39 since yesterday"
RED_FLAGS = {
    "en": EMERGENCY,
    "es": "No puedo orinar desde esta mañana",
    "fr": "Je n'arrive pas à uriner depuis ce matin",
}


# --- agreeing to Telegram ----------------------------------------------------------------


@pytest.mark.parametrize("language", LOCALES)
def test_start_shows_who_is_talking_and_the_notice_in_the_senders_language(
    clinic, telegram, texts, language
):
    telegram.text(5, "/start", language=f"{language}-XX")
    said = clinic.reads(5, "/stop")
    assert texts.text("welcome", language) in said
    assert texts.text("notice", language) in said
    assert set(telegram.buttons(5)) == {texts.button(key, language) for key in ("agree", "refuse")}


def test_a_question_before_agreement_waits_for_it(clinic, telegram, texts):
    telegram.text(5, QUESTION)
    clinic.reads(5, "Do you agree?")
    assert [turn.state for turn in clinic.turns(5)] == ["held"]
    clinic.tap(5, "I agree")
    clinic.reads(5, texts.text("consent_given_pending", "en"))
    assert [turn.state for turn in clinic.turns(5)] == ["queued"]
    assert clinic.conversation(5).notice_version == texts.version


@pytest.mark.parametrize("language", LOCALES)
def test_a_red_flag_does_not_wait_for_agreement(clinic, telegram, language):
    telegram.text(5, RED_FLAGS[language], language=language)
    said = clinic.warned(5)
    assert [request.priority for request in clinic.requests(5)] == ["emergency"]
    assert telegram.texts(5) == [said], "nothing between a patient and the safety text"
    assert [turn.state for turn in clinic.turns(5)] == ["held"]


def test_refusing_keeps_the_assistant_silent_but_not_blind(clinic, telegram, texts):
    telegram.text(5, "/start")
    clinic.reads(5, "Do you agree?")
    clinic.tap(5, "No, thank you")
    clinic.reads(5, texts.text("consent_refused", "en"))
    telegram.text(5, QUESTION)
    clinic.reads(5, texts.text("consent_needed", "en"))
    telegram.text(5, URGENT)
    telegram.wait(lambda: clinic.requests(5))
    assert [turn.state for turn in clinic.turns(5)] == ["held", "held"]


def test_the_reminder_is_not_repeated_for_every_message(clinic, telegram, texts):
    for number in range(4):
        telegram.text(5, f"Question number {number}")
    telegram.wait(lambda: len(clinic.turns(5)) == 4)
    clinic.reads(5, texts.text("consent_needed", "en"))
    time.sleep(0.3)
    assert len(telegram.texts(5)) == 2


def test_after_agreement_a_question_goes_to_the_dialogue(clinic, telegram):
    clinic.agree(5)
    telegram.text(5, QUESTION)
    telegram.wait(lambda: [turn.state for turn in clinic.turns(5)] == ["queued"])


# --- texts -------------------------------------------------------------------------------


def test_a_red_flag_is_answered_and_opens_one_request(clinic, telegram):
    clinic.agree(5)
    telegram.text(5, EMERGENCY)
    clinic.warned(5)
    telegram.text(5, "Still nothing comes out, I can't pee")
    telegram.wait(lambda: len(clinic.messages(5)) == 4)
    assert [request.priority for request in clinic.requests(5)] == ["emergency"]


def test_an_edited_message_is_a_correction_and_triaged_again(clinic, telegram):
    clinic.agree(5)
    telegram.text(5, QUESTION)
    telegram.edit(5, URGENT)
    telegram.wait(lambda: clinic.requests(5))
    before, after = clinic.messages(5)[-2:]
    assert (before.text, after.text) == (QUESTION, URGENT)
    assert after.corrects == before.seq


def test_an_edit_that_takes_a_red_flag_back_leaves_the_request_open_and_says_so(clinic, telegram):
    telegram.text(5, URGENT)
    clinic.warned(5)
    telegram.edit(5, QUESTION)
    clinic.reads(5, "stays open")
    (request,) = clinic.requests(5)
    assert (request.priority, request.status) == ("urgent", "new")
    assert "corrected" in clinic.history(request)


@pytest.mark.parametrize(
    "text",
    [
        "/restart",
        '/intent{"a": 1}',
        "nul \x00 here",
        "<b>x</b>",
        "\u202eabc",
        "😀" * 500,
        "a" * 4096,
        "🤒",
        "\ud83d".encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
    ],
)
def test_odd_texts_are_stored_and_break_nothing(clinic, telegram, text):
    clinic.agree(5)
    telegram.text(5, text)
    telegram.wait(lambda: len(clinic.messages(5)) == 3)
    assert clinic.messages(5)[-1].text == text.replace("\x00", "\u2400")
    telegram.text(5, EMERGENCY)
    telegram.wait(lambda: clinic.requests(5))


def test_a_flood_loses_no_message_and_no_red_flag(clinic, telegram, texts):
    clinic.agree(5)
    for number in range(40):
        telegram.text(5, EMERGENCY if number == 33 else f"message {number}")
    telegram.text(6, EMERGENCY)
    telegram.wait(lambda: len(clinic.messages(5)) == 42, 30)
    assert [request.priority for request in clinic.requests(5)] == ["emergency"]
    assert [request.priority for request in clinic.requests(6)] == ["emergency"]
    clinic.reads(5, texts.text("flood", "en"))
    assert sum(turn.state == "queued" for turn in clinic.turns(5)) < 25


# --- attachments -------------------------------------------------------------------------


FILE = {"file_id": "f", "file_unique_id": "u", "file_size": 9}
ATTACHMENTS = {
    "photo": ({"photo": [{**FILE, "width": 9, "height": 9}]}, "photo", True),
    "voice": ({"voice": {**FILE, "duration": 3}}, "voice message", True),
    "video": ({"video": {**FILE, "duration": 3, "width": 9, "height": 9}}, "video", True),
    "video note": ({"video_note": {**FILE, "duration": 3, "length": 9}}, "video", True),
    "audio": ({"audio": {**FILE, "duration": 3}}, "audio file", True),
    "document": ({"document": FILE}, "file", True),
    "location": ({"location": {"longitude": 1.0, "latitude": 2.0}}, "location", True),
    "contact": ({"contact": {"phone_number": "123", "first_name": "x"}}, "contact", True),
    "poll": (
        {
            "poll": {
                "id": "p",
                "question": "?",
                "options": [],
                "total_voter_count": 0,
                "is_closed": False,
                "is_anonymous": True,
                "type": "regular",
                "allows_multiple_answers": False,
            }
        },
        "something other than text",
        True,
    ),
    "sticker": (
        {
            "sticker": {
                **FILE,
                "width": 9,
                "height": 9,
                "is_animated": False,
                "is_video": False,
                "type": "regular",
            }
        },
        "sticker",
        False,
    ),
    "dice": ({"dice": {"emoji": "🎲", "value": 3}}, "sticker", False),
    "a kind made after this program": ({"hologram": {"x": 1}}, "something other than text", True),
    "a broken message": ({"photo": 7}, "something other than text", True),
}


@pytest.mark.parametrize("kind", ATTACHMENTS)
def test_what_only_a_person_can_look_at_is_put_before_one(clinic, telegram, kind):
    content, what, for_a_person = ATTACHMENTS[kind]
    clinic.agree(5)
    telegram.message(5, **content)
    said = clinic.reads(5, f"You sent: {what}.")
    assert [message.text for message in clinic.messages(5)][-1] == f"[{what}]"
    requests = clinic.requests(5)
    assert [request.priority for request in requests] == ["routine"] * for_a_person
    assert all(request.reference in said for request in requests)
    assert [turn.state for turn in clinic.turns(5)] == ["done"]


def test_the_words_under_a_photo_are_triaged(clinic, telegram):
    clinic.agree(5)
    telegram.message(5, photo=[{**FILE, "width": 9, "height": 9}], caption=URGENT)
    clinic.reads(5, "You sent: photo.")
    assert [request.priority for request in clinic.requests(5)] == ["urgent"]
    assert clinic.messages(5)[-1].text == f"{URGENT} [photo]"


def test_an_album_is_answered_once(clinic, telegram):
    clinic.agree(5)
    for _ in range(5):
        telegram.message(5, photo=[{**FILE, "width": 9, "height": 9}], media_group_id="1")
    telegram.wait(lambda: len(clinic.messages(5)) == 7)
    clinic.reads(5, "You sent: photo.")
    time.sleep(0.3)
    assert len([text for text in telegram.texts(5) if "photo" in text]) == 1


def test_a_patients_own_number_is_kept_for_the_nurse(clinic, telegram):
    clinic.agree(5)
    telegram.message(5, contact={"phone_number": "+33 1", "first_name": "x", "user_id": 5})
    clinic.reads(5, "stored this telephone number")
    assert clinic.conversation(5).patient_phone == "+33 1"
    assert clinic.requests(5) == []


def test_a_moving_live_location_is_left_alone(clinic, telegram):
    clinic.agree(5)
    telegram.message(5, kind="edited_message", location={"longitude": 1.0, "latitude": 2.0})
    clinic.settled()
    assert len(clinic.messages(5)) == 2


# --- commands ----------------------------------------------------------------------------


@pytest.mark.parametrize("language", LOCALES)
@pytest.mark.parametrize(
    ("command", "key"),
    [
        ("/help", "help"),
        ("/emergency", "emergency"),
        ("/privacy", "notice"),
        ("/stop", "stopped"),
        ("/delete", "delete_ask"),
        ("/language", "language_ask"),
        ("/HELP@clinic_bot", "help"),
    ],
)
def test_commands_are_answered_in_the_patients_language(  # noqa: PLR0917
    clinic, telegram, texts, command, key, language
):
    telegram.text(5, command, language=language)
    clinic.reads(5, texts.text(key, language))
    assert [message.text for message in clinic.messages(5)] == [command]


def test_an_unknown_command_is_answered_but_triaged_first(clinic, telegram, texts):
    clinic.agree(5)
    telegram.text(5, "/whatever")
    clinic.reads(5, texts.text("unknown_command", "en"))
    telegram.text(5, "/help I can't pee")
    clinic.warned(5)
    telegram.text(6, "/fever 39.5 since yesterday")
    telegram.wait(lambda: clinic.requests(6))


def test_nurse_asks_for_a_nurse_and_passes_on_what_follows(clinic, telegram):
    clinic.agree(5)
    telegram.text(5, "/nurse")
    clinic.warned(5)
    telegram.text(6, f"/nurse {EMERGENCY}")
    clinic.warned(6)
    assert [request.priority for request in clinic.requests(6)] == ["emergency"]
    assert clinic.messages(6)[0].text == EMERGENCY


def test_the_language_can_be_chosen(clinic, telegram, texts):
    telegram.text(5, "/language")
    clinic.reads(5, "¿Qué idioma")
    clinic.tap(5, "Español")
    clinic.reads(5, texts.text("language_set", "es"))
    telegram.text(5, "/language fr")
    clinic.reads(5, texts.text("language_set", "fr"))
    telegram.text(5, "/help")
    clinic.reads(5, texts.text("help", "fr"))


def test_stop_is_respected_until_start(clinic, telegram, texts):
    clinic.agree(5)
    telegram.text(5, "/stop")
    clinic.reads(5, texts.text("stopped", "en"))
    telegram.text(5, QUESTION)
    clinic.reads(5, texts.text("consent_needed", "en"))
    telegram.text(5, EMERGENCY)
    clinic.warned(5)
    clinic.agree(5)
    assert clinic.conversation(5).notice_version == texts.version


# --- deleting ----------------------------------------------------------------------------


def test_delete_erases_after_a_second_tap(clinic, telegram, texts):
    clinic.agree(5)
    telegram.text(5, QUESTION)
    telegram.text(5, "/delete")
    clinic.reads(5, texts.text("delete_ask", "en"))
    assert clinic.conversation(5) is not None
    clinic.tap(5, "Delete everything")
    clinic.reads(5, texts.text("deleted", "en"))
    assert clinic.conversation(5) is None


def test_delete_can_be_called_off(clinic, telegram, texts):
    clinic.agree(5)
    telegram.text(5, "/delete")
    clinic.reads(5, texts.text("delete_ask", "en"))
    clinic.tap(5, "Keep it")
    clinic.reads(5, texts.text("kept", "en"))
    assert clinic.conversation(5) is not None


def test_an_open_request_is_not_deleted_but_the_wish_is_noted(clinic, telegram):
    telegram.text(5, EMERGENCY)
    clinic.warned(5)
    telegram.text(5, "/delete")
    clinic.reads(5, "cannot be undone")
    clinic.tap(5, "Delete everything")
    (request,) = clinic.requests(5)
    clinic.reads(5, f"request {request.reference} is still open")
    assert clinic.history(request)[-1] == "deletion_asked"


def test_after_a_closed_request_the_chat_is_detached_and_starts_anew(clinic, telegram):
    telegram.text(5, EMERGENCY)
    clinic.warned(5)
    old = clinic.conversation(5)
    with clinic.database.write() as session:
        session.merge(clinic.requests(5)[0]).status = "closed"
    telegram.text(5, "/delete")
    clinic.reads(5, "cannot be undone")
    clinic.tap(5, "Delete everything")
    clinic.reads(5, "must keep")
    assert clinic.conversation(5) is None
    telegram.text(5, "/help")
    telegram.wait(lambda: clinic.conversation(5))
    assert clinic.conversation(5).id != old.id


def test_a_button_from_before_the_deletion_is_answered(clinic, telegram, texts):
    telegram.text(5, "/start")
    clinic.reads(5, "Do you agree?")
    telegram.tap(5, "999.7")
    telegram.tap(6, "1.0")
    telegram.wait(lambda: len(telegram.called("answerCallbackQuery")) == 2)
    assert {call["text"] for call in telegram.called("answerCallbackQuery")} == {
        texts.text("old_button", "en")
    }


# --- buttons -----------------------------------------------------------------------------


def test_every_tap_is_answered_and_the_nurse_button_works(clinic, telegram):
    clinic.agree(5)
    telegram.text(5, "/help")
    clinic.reads(5, "/emergency - ")
    clinic.tap(5, "Talk to a nurse")
    telegram.wait(lambda: clinic.requests(5))
    telegram.wait(lambda: len(telegram.called("answerCallbackQuery")) == 2)


# --- groups, blocking --------------------------------------------------------------------


@pytest.mark.parametrize("type_", ["group", "supergroup"])
def test_a_group_is_left_with_a_text(clinic, telegram, texts, type_):
    telegram.membership(-7, "member", type_)
    telegram.wait(lambda: telegram.called("leaveChat"))
    assert telegram.texts(-7) == [texts.text("group", "en")]
    assert clinic.conversation(-7) is None


def test_a_message_in_a_group_is_not_stored(clinic, telegram):
    telegram.text(-7, EMERGENCY, chat_type="group")
    telegram.wait(lambda: telegram.called("leaveChat"))
    assert clinic.conversation(-7) is None


def test_a_patient_who_blocks_the_bot_is_to_be_phoned(clinic, telegram):
    telegram.text(5, EMERGENCY)
    clinic.warned(5)
    telegram.membership(5, "kicked")
    (request,) = clinic.requests(5)
    telegram.wait(lambda: clinic.history(request)[-1] == "unreachable")
    telegram.membership(5, "member")
    telegram.wait(lambda: clinic.history(request)[-1] == "reachable")


def test_a_safety_text_that_meets_a_block_is_noted_on_the_request(clinic, telegram):
    telegram.blocked.add(5)
    telegram.text(5, EMERGENCY)
    telegram.wait(lambda: clinic.requests(5))
    (request,) = clinic.requests(5)
    telegram.wait(lambda: clinic.history(request)[-2:] == ["unreachable", "not_delivered"])


# --- linking -----------------------------------------------------------------------------


def test_a_link_code_works_once(clinic, telegram, settings, texts):
    with clinic.database.write() as session:
        source = conversations.start(session, channel="widget", locale="en")
        session.get(Conversation, source.id).patient_phone = "555"
    code = links.issue(settings, source.id)
    assert len(code) <= 64
    telegram.text(5, f"/start {code}")
    clinic.reads(5, texts.text("linked", "en"))
    assert clinic.conversation(5).patient_phone == "555"
    telegram.text(6, f"/start {code}")
    clinic.reads(6, texts.text("link_invalid", "en"))
    assert clinic.conversation(6).patient_phone is None


@pytest.mark.parametrize("age_s", [31 * 60, -120])
def test_an_old_or_forged_link_code_links_nothing(clinic, telegram, settings, texts, age_s):
    code = links.issue(settings, "0" * 32, time.time() - age_s)
    telegram.text(5, f"/start {code}")
    telegram.text(6, f"/start {'A' * 48}")
    for chat in (5, 6):
        clinic.reads(chat, texts.text("link_invalid", "en"))
        clinic.reads(chat, "Do you agree?")


def test_words_after_start_are_triaged(clinic, telegram):
    telegram.text(5, f"/start {EMERGENCY}")
    clinic.warned(5)
