"""What the list of unanswered questions keeps: the question, not who asked it."""

import pytest

from bot.conversation.anonymous import LONGEST, without_identity


@pytest.mark.parametrize(("text", "kept"), [
    ("Call me on +33 6 12 34 56 78, what does it cost?", "Call me on ***, what does it cost?"),
    ("mail maria.lopez@example.org the price", "mail *** the price"),
    ("born 03/14/1961, am I too old?", "born ***, am I too old?"),
    ("https://example.org/me?id=7 can you read it", "*** can you read it"),
    ("write to @maria_lopez in Telegram", "write to *** in Telegram"),
    ("policy 123-456-789-0", "policy ***"),
])  # fmt: skip
def test_addresses_and_long_numbers_are_hidden(text, kept):
    assert without_identity(text) == kept


@pytest.mark.parametrize("text", [
    "Can I lift 20 kg after 6 weeks?", "L4-L5 or L5-S1, 2 or 3 hours?", "I paid 1200 in 2019",
    "¿a los 10-15 días?", "", "???",
])  # fmt: skip
def test_what_the_question_is_about_stays(text):
    assert without_identity(text) == text


def test_the_name_and_number_the_patient_gave_are_hidden_whatever_their_case():
    text = "josé ñúñez here, does JOSÉ get a bed? Josephine too. 555 01 is my room"
    kept = without_identity(text, "José Ñúñez", None, "555 01")
    assert kept == "*** *** here, does *** get a bed? Josephine too. *** 01 is my room"


def test_only_the_beginning_of_a_long_message_is_kept():
    assert len(without_identity("a" * 4000)) == LONGEST
