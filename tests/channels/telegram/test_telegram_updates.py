"""Every kind of update gets a fitting answer, the odd ones too."""

from __future__ import annotations

import pytest
from chat_clinic import on_both

from bot.channels.telegram import arrivals
from bot.console import transcript
from bot.consultations import queries

QUESTION = "What should I bring to the hospital?"
EMERGENCY = "I can't pee since this morning and my bladder is full"
URGENT = "I have a fever of 39 since yesterday"
PHOTO = {"photo": [{"file_id": "f", "file_unique_id": "u", "width": 9, "height": 9}]}


def taken_in(clinic, telegram):
    """Wait until all updates are stored."""
    number = telegram.pending and telegram._pending[-1]["update_id"]
    telegram.wait(lambda: telegram.pending == 0)
    return number


# --- corrections -------------------------------------------------------------------------


@on_both
def test_the_nurse_sees_both_versions_and_which_corrects_which(clinic, telegram):
    telegram.text(5, URGENT)
    clinic.warned(5)
    telegram.edit(5, f"{URGENT}. Sorry, since Monday")
    telegram.wait(lambda: len(clinic.messages(5)) == 2)
    with clinic.database.read() as session:
        lines = transcript.lines(queries.case(session, clinic.requests(5)[0].id))
    before, after = (line for line in lines if line.message.speaker == "patient")
    assert after.message.corrects == before.message.seq
    assert before.corrected_by == after.message.seq
    assert "".join(piece.text for piece in before.pieces) == URGENT


def test_an_edit_that_changes_no_word_is_no_message(clinic, telegram):
    clinic.agree(5)
    telegram.text(5, QUESTION)
    telegram.edit(5, QUESTION)
    telegram.edit(5, QUESTION, entities=[{"type": "bold", "offset": 0, "length": 4}])
    taken_in(clinic, telegram)
    assert len(clinic.messages(5)) == 3
    assert len(clinic.turns(5)) == 1


def test_an_edited_caption_is_triaged_and_the_photo_is_not_answered_again(clinic, telegram):
    clinic.agree(5)
    telegram.message(5, **PHOTO, caption="my wound")
    clinic.reads(5, "You sent: photo.")
    telegram.edit(5, **PHOTO, caption=URGENT)
    clinic.reads(5, "fever")
    assert [request.priority for request in clinic.requests(5)] == ["urgent"]
    first, second = clinic.messages(5)[-2:]
    assert (first.text, second.text) == ("my wound [photo]", f"{URGENT} [photo]")
    assert second.corrects == first.seq
    assert len([text for text in telegram.texts(5) if "You sent" in text]) == 1


def test_a_message_edited_into_a_command_is_the_command(clinic, telegram):
    clinic.agree(5)
    telegram.text(5, "/nurs")
    telegram.edit(5, "/nurse")
    telegram.wait(lambda: clinic.requests(5))
    assert [request.priority for request in clinic.requests(5)] == ["routine"]


# --- captions, albums, forwards ----------------------------------------------------------


def test_the_marked_words_of_a_caption_are_the_patients_own(clinic, telegram):
    clinic.agree(5)
    telegram.message(5, **PHOTO, caption=f"😀😀 {URGENT}")
    clinic.reads(5, "You sent: photo.")
    (message,) = [m for m in clinic.messages(5) if "[photo]" in m.text]
    findings = message.triage["findings"]
    assert findings
    for finding in findings:
        assert finding["quote"] in message.text[finding["start"] : finding["end"]]


def test_a_red_flag_under_any_picture_of_an_album_counts(clinic, telegram):
    clinic.agree(5)
    for number in range(4):
        caption = {"caption": EMERGENCY} if number == 2 else {}
        telegram.message(5, **PHOTO, media_group_id="1", **caption)
    telegram.wait(lambda: len(clinic.messages(5)) == 6)
    assert [request.priority for request in clinic.requests(5)] == ["emergency"]


def test_a_forwarded_text_is_triaged_like_a_written_one(clinic, telegram):
    telegram.text(
        5,
        EMERGENCY,
        forward_origin={
            "type": "hidden_user",
            "sender_user_name": "somebody",
            "date": 1,
        },
    )
    clinic.warned(5)


@pytest.mark.parametrize(
    "text",
    [
        f"\u202b{EMERGENCY}\u202c",
        f"👩‍👧 {EMERGENCY}",
        f"{EMERGENCY} 🆘🆘🆘",
        "word " * 700 + EMERGENCY,
    ],
)
def test_symbols_directions_and_length_hide_no_red_flag(clinic, telegram, text):
    telegram.text(5, text, entities=[{"type": "italic", "offset": 2, "length": 9}])
    clinic.warned(5)


def test_a_date_nobody_can_read_costs_no_message(clinic, telegram):
    telegram.text(5, EMERGENCY, date=10**18)
    clinic.warned(5)


# --- buttons -----------------------------------------------------------------------------


def pressed(telegram, **query):
    telegram.update(
        callback_query={
            "id": "cb",
            "chat_instance": "1",
            "data": "nurse",
            "from": {"id": 5, "is_bot": False, "first_name": "x"},
            **query,
        }
    )
    telegram.wait(lambda: telegram.called("answerCallbackQuery"))


def test_a_button_of_a_message_too_old_to_be_shown_still_works(clinic, telegram):
    clinic.agree(5)
    telegram.calls.clear()
    pressed(telegram, message={"message_id": 3, "date": 0, "chat": {"id": 5, "type": "private"}})
    telegram.wait(lambda: clinic.requests(5))


@pytest.mark.parametrize(
    "query",
    [
        {
            "message": {
                "message_id": 3,
                "date": 5,
                "chat": {"id": -5, "type": "group", "title": "x"},
            }
        },
        {"inline_message_id": "x"},
        {"message": 7},
        {"game_short_name": "x", "data": None},
    ],
)
def test_a_button_anywhere_else_is_answered_and_does_nothing(clinic, telegram, query):
    pressed(telegram, **query)
    assert clinic.requests(5) == []


# --- groups and channels -----------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        {"message": {"migrate_to_chat_id": -100}},
        {"message": {"text": EMERGENCY}},
        {"message": {"new_chat_members": [{"id": 1, "is_bot": True, "first_name": "bot"}]}},
        {"message": {"group_chat_created": True}},
        {"channel_post": {"text": "x"}},
    ],
)
def test_a_group_or_channel_is_left_and_nothing_of_it_is_stored(clinic, telegram, content):
    ((kind, message),) = content.items()
    type_ = "channel" if kind == "channel_post" else "supergroup"
    telegram.message(-7, kind=kind, chat_type=type_, **message)
    telegram.wait(lambda: telegram.called("leaveChat"))
    assert clinic.conversation(-7) is None
    assert len(telegram.texts(-7)) == 1


def test_being_removed_from_a_group_is_no_reason_to_speak(clinic, telegram):
    telegram.membership(-7, "left", "group")
    telegram.membership(-8, "kicked", "channel")
    taken_in(clinic, telegram)
    assert telegram.sent == []
    assert telegram.called("leaveChat") == []


# --- what needs no answer ----------------------------------------------------------------


CHAT = {"id": 5, "type": "private"}
USER = {"id": 5, "is_bot": False, "first_name": "x"}
MEMBER = {"user": USER, "status": "member"}
SILENT = {
    "reaction": {
        "message_reaction": {
            "chat": CHAT,
            "message_id": 1,
            "date": 1,
            "user": USER,
            "old_reaction": [],
            "new_reaction": [{"type": "emoji", "emoji": "👍"}],
        }
    },
    "poll": {
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
    "poll answer": {"poll_answer": {"poll_id": "p", "user": USER, "option_ids": [0]}},
    "another member": {
        "chat_member": {
            "chat": CHAT,
            "from": USER,
            "date": 1,
            "old_chat_member": MEMBER,
            "new_chat_member": MEMBER,
        }
    },
    "inline query": {"inline_query": {"id": "1", "from": USER, "query": EMERGENCY, "offset": ""}},
    "a kind made after this program": {"hologram": {"chat": CHAT}},
    "nothing": {},
    "no chat": {"message": {"message_id": 1, "date": 1, "text": "x"}},
    "a chat without number": {"message": {"date": 1, "chat": {"type": "private", "id": None}}},
    "a pinned message": {
        "message": {
            "message_id": 1,
            "date": 1,
            "chat": CHAT,
            "from": USER,
            "pinned_message": {"message_id": 1, "date": 1, "chat": CHAT, "text": "x"},
        }
    },
}


def test_what_is_nobodys_message_is_booked_and_left_alone(clinic, telegram):
    for content in SILENT.values():
        telegram.update(**content)
    telegram.wait(lambda: len(clinic.updates()) == len(SILENT))
    assert clinic.conversation(5) is None
    assert telegram.sent == []


@pytest.mark.parametrize("kind", SILENT)
def test_reading_never_fails(kind):
    assert arrivals.read({"update_id": 1, **SILENT[kind]}).kind == "ignored"
