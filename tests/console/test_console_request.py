import pytest
from clinic import Browser

from bot.console import transcript
from bot.conversation import events
from bot.store.tables import Nurse


def spoken(clinic, request_id):
    with clinic.database.read() as session:
        found = events.after(session, clinic.case(request_id)[1].id, 0)
        return [(event["speaker"], event["text"]) for event in found if event["type"] == "message"]


def test_the_page_marks_the_patients_words_and_says_why(vera, clinic):
    page = vera.get(f"/console/requests/{clinic.request()}").text
    assert '<mark class="mark-urgent" title="Fever">fever of 39</mark>' in page
    for why in ("fever.1", "word list", "lexicon 2026.11", "present"):
        assert why in page


def test_everything_a_patient_writes_is_shown_inert(vera, clinic):
    nasty = "<script>alert(1)</script> {{ 7*7 }} \u202e fever of 39 </mark><img src=x>"
    page = vera.get(f"/console/requests/{clinic.request(text=nasty)}").text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7*7 }}" in page
    queue = vera.get("/console/queue?search=%3Cscript%3Ealert(9)").text
    assert "<script>alert" not in queue


def test_a_nurse_answers_and_the_patient_sees_who(vera, clinic):
    request_id = clinic.request()
    vera.act(request_id, "claim")
    answer = vera.act(request_id, "reply", text="I am calling you now.")
    assert answer.status_code == 303
    with clinic.database.read() as session:
        said = events.after(session, clinic.case(request_id)[1].id, 0)[-1]
    assert (said["speaker"], said["text"]) == ("nurse", "I am calling you now.")
    assert said["nurse"] == {"name": "Vera", "role": "nurse"}


def test_the_slower_nurse_reads_who_was_faster_and_keeps_her_text(vera, clinic, address):
    clinic.nurse("mona")
    mona = Browser(address)
    mona.sign_in("mona")
    request_id = clinic.request()
    mona.act(request_id, "claim")
    page = vera.act(request_id, "claim")
    assert page.status_code == 409
    assert "Mona was faster" in page.text
    answer = mona.act(request_id, "reply", text="my long text", seen="0")
    assert answer.status_code == 409
    assert "my long text" in answer.text
    assert "The patient has written" in answer.text
    assert "nurse" not in [speaker for speaker, _ in spoken(clinic, request_id)]


def test_pressing_send_twice_sends_once(vera, clinic):
    request_id = clinic.request()
    vera.act(request_id, "claim")
    for _ in range(2):
        vera.act(request_id, "reply", text="Once", send_id="the-same")
    assert [speaker for speaker, _ in spoken(clinic, request_id)].count("nurse") == 1


def test_closing_without_an_outcome_keeps_the_note_that_was_typed(vera, clinic):
    request_id = clinic.request()
    vera.act(request_id, "claim")
    page = vera.act(request_id, "close", alarm="true_alarm", contact="no_contact", note="too few")
    assert page.status_code == 400
    assert "needs a reason" in page.text
    assert "too few" in page.text
    assert clinic.case(request_id)[0].status == "claimed"


def test_opening_a_request_marks_it_read(vera, clinic):
    request_id = clinic.request()
    assert "unread-dot" in vera.get("/console/queue").text
    vera.get(f"/console/requests/{request_id}")
    assert "unread-dot" not in vera.get("/console/queue").text
    clinic.patient_writes(clinic.case(request_id)[1].id, "hello?")
    assert "unread-dot" in vera.get("/console/queue").text


def test_the_chosen_filter_is_kept_for_this_nurse(vera, clinic):
    vera.get("/console/queue?filter=mine")
    with clinic.database.read() as session:
        assert session.query(Nurse).one().preferences["filter"] == "mine"
    page = vera.get("/console/queue").text
    assert 'filter=mine" aria-current="page"' in page


@pytest.mark.parametrize(("locale", "word"), [("es", "Cola"), ("fr", "attente"), ("en", "Queue")])
def test_the_console_speaks_the_nurses_language(vera, clinic, locale, word):
    with clinic.database.write() as session:
        session.query(Nurse).one().preferences = {"locale": locale}
    page = vera.get("/console/queue").text
    assert f'<html lang="{locale}">' in page
    assert f"<h1>{word}" in page or word in page


def finding(start, end, level="urgent", sign="fever", layer="lexicon"):
    return {"start": start, "end": end, "level": level, "sign": sign, "layer": layer}


def test_marked_pieces_join_to_the_text_again():
    text = "a\U0001f600 fever and leak"
    found = transcript.pieces(text, [finding(3, 8), finding(5, 12, "emergency", "leak")])
    assert "".join(piece.text for piece in found) == text
    assert [(piece.text, piece.level) for piece in found if piece.level] == [
        ("fe", "urgent"),
        ("ver", "emergency"),
        (" and", "emergency"),
    ]


def test_words_that_were_found_are_marked_and_not_the_sentence_around_them():
    text = "since today clear fluid leaks"
    found = [finding(12, 29, "urgent", "wound_fluid"), finding(0, 29, layer="semantic")]
    assert [piece.text for piece in transcript.pieces(text, found) if piece.level] == [
        "clear fluid leaks"
    ]


@pytest.mark.parametrize("words", [(12, 29, "ask"), (40, 50, "urgent")])
def test_a_sentence_is_marked_where_the_words_in_it_say_less(words):
    text = "since today clear fluid leaks. and a fever"
    found = transcript.pieces(text, [finding(*words), finding(0, 29, layer="semantic")])
    marked = "".join(piece.text for piece in found if piece.level == "urgent")
    assert "since today clear fluid leaks" in marked


@pytest.mark.parametrize("spans", [[(0, 0)], [(5, 2)], [(-3, 99)], [(90, 99)], []])
def test_spans_that_do_not_fit_never_break_the_page(spans):
    found = transcript.pieces("short", [finding(*span) for span in spans])
    assert "".join(piece.text for piece in found) == "short"


def test_a_finding_that_was_denied_is_not_marked():
    (piece,) = transcript.pieces("no fever", [finding(3, 8, "none")])
    assert piece.level is None
