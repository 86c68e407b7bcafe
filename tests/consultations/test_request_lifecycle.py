import pytest

from bot.consultations import audit, lifecycle
from bot.conversation import events
from bot.errors import Conflict, InvalidInput, NotFound
from bot.store.tables import Delivery, Message, Notice, RequestEntry


def status(clinic, request_id):
    return clinic.case(request_id)[0].status


def version(clinic, request_id):
    return clinic.case(request_id)[0].version


def transcript(clinic, request_id):
    with clinic.database.read() as session:
        found = events.after(session, clinic.case(request_id)[1].id, 0)
    return [(event["speaker"], event["text"]) for event in found if event["type"] == "message"]


def test_a_request_walks_through_its_five_states(clinic, vera, act):
    request_id = clinic.request()
    assert status(clinic, request_id) == "new"
    act(lifecycle.acknowledge, vera, request_id)
    assert status(clinic, request_id) == "acknowledged"
    act(lifecycle.claim, vera, request_id, clinic.texts)
    assert status(clinic, request_id) == "claimed"
    act(lifecycle.reply, vera, request_id, "I am calling you", clinic.texts, send_id="1")
    assert status(clinic, request_id) == "contacted"
    act(
        lifecycle.close,
        vera,
        request_id,
        clinic.texts,
        outcome="true_alarm.answered",
        version=version(clinic, request_id),
    )
    assert status(clinic, request_id) == "closed"


def test_every_step_is_in_the_history_the_audit_log_and_told_to_the_consoles(clinic, vera, act):
    request_id = clinic.request()
    act(lifecycle.acknowledge, vera, request_id)
    act(lifecycle.claim, vera, request_id, clinic.texts)
    act(lifecycle.hand_back, vera, request_id, clinic.texts)
    act(lifecycle.hold, vera, request_id, clinic.texts)
    act(lifecycle.called, vera, request_id)
    act(lifecycle.note, vera, request_id, "surgeon informed")
    act(lifecycle.release, vera, request_id, clinic.texts)
    with clinic.database.read() as session:
        entries = session.query(RequestEntry).filter_by(request_id=request_id)
        history = [entry.action for entry in entries.order_by(RequestEntry.id)]
        notices = [notice.type for notice in session.query(Notice).order_by(Notice.position)]
        rows = [row.action for row in session.query(audit.AuditEntry).order_by("id")]
        assert audit.verify(session).sound
    steps = ["acknowledged", "claimed", "handed_back", "held", "called", "note", "released"]
    assert history == ["opened", *steps]
    assert [n for n in notices if n != "request_opened"] == [f"request_{step}" for step in steps]
    assert rows[-7:] == [
        "request.acknowledge",
        "request.claim",
        "request.hand_back",
        "request.hold",
        "request.call",
        "request.note",
        "request.release",
    ]


def test_claiming_holds_the_assistant_and_tells_the_patient(clinic, vera, act):
    request_id = clinic.request()
    act(lifecycle.claim, vera, request_id, clinic.texts)
    request, conversation = clinic.case(request_id)
    assert conversation.held_by == vera.nurse.id == request.claimed_by
    assert conversation.hold_version == 1
    assert transcript(clinic, request_id)[-1] == ("notice", clinic.texts("held", "en", vera.nurse))


def test_the_patient_is_told_at_both_hand_overs(clinic, vera, act):
    request_id = clinic.request()
    act(lifecycle.claim, vera, request_id, clinic.texts)
    act(lifecycle.hand_back, vera, request_id, clinic.texts)
    assert clinic.case(request_id)[1].held_by is None
    assert transcript(clinic, request_id)[-1] == (
        "notice",
        clinic.texts("handed_back", "en", vera.nurse),
    )
    act(lifecycle.hand_back, vera, request_id, clinic.texts)
    assert clinic.case(request_id)[1].hold_version == 2


def test_the_second_claim_names_who_was_faster(clinic, vera, mona, act):
    request_id = clinic.request()
    act(lifecycle.claim, vera, request_id, clinic.texts)
    with pytest.raises(Conflict, match="Vera has claimed"):
        act(lifecycle.claim, mona, request_id, clinic.texts)


def test_only_the_owner_answers(clinic, vera, mona, act):
    request_id = clinic.request()
    with pytest.raises(Conflict, match="claim the request first"):
        act(lifecycle.reply, mona, request_id, "Hello", clinic.texts, send_id="1")
    act(lifecycle.claim, vera, request_id, clinic.texts)
    with pytest.raises(Conflict, match="Vera has claimed"):
        act(lifecycle.reply, mona, request_id, "Hello", clinic.texts, send_id="1")
    assert "nurse" not in [speaker for speaker, _ in transcript(clinic, request_id)]


def test_taking_over_needs_the_version_that_was_seen(clinic, vera, mona, act):
    request_id = clinic.request()
    act(lifecycle.claim, vera, request_id, clinic.texts)
    seen = version(clinic, request_id)
    act(lifecycle.called, vera, request_id)
    with pytest.raises(Conflict, match="changed"):
        act(lifecycle.take_over, mona, request_id, clinic.texts, version=seen)
    act(lifecycle.take_over, mona, request_id, clinic.texts, version=version(clinic, request_id))
    request, conversation = clinic.case(request_id)
    assert request.claimed_by == conversation.held_by == mona.nurse.id
    with pytest.raises(Conflict, match="Mona"):
        act(lifecycle.reply, vera, request_id, "still me", clinic.texts, send_id="1")


def test_assigning_makes_the_colleague_the_owner(clinic, vera, mona, act):
    request_id = clinic.request()
    act(lifecycle.claim, vera, request_id, clinic.texts)
    act(
        lifecycle.assign,
        vera,
        request_id,
        mona.nurse.id,
        clinic.texts,
        version=version(clinic, request_id),
    )
    assert clinic.case(request_id)[0].claimed_by == mona.nurse.id
    with pytest.raises(InvalidInput):
        act(
            lifecycle.assign,
            mona,
            request_id,
            999,
            clinic.texts,
            version=version(clinic, request_id),
        )


def test_nothing_is_assigned_to_who_sees_no_patients(clinic, vera, act):
    request_id, olga = clinic.request(), clinic.nurse("olga", "auditor")
    act(lifecycle.claim, vera, request_id, clinic.texts)
    with pytest.raises(InvalidInput):
        act(
            lifecycle.assign,
            vera,
            request_id,
            olga.id,
            clinic.texts,
            version=version(clinic, request_id),
        )
    assert clinic.case(request_id)[0].claimed_by == vera.nurse.id


def test_a_released_request_whose_patient_waits_is_new_again(clinic, vera, act):
    request_id = clinic.request()
    act(lifecycle.claim, vera, request_id, clinic.texts)
    act(lifecycle.release, vera, request_id, clinic.texts)
    request, conversation = clinic.case(request_id)
    assert (request.status, request.claimed_by, request.acknowledged_at) == ("new", None, None)
    assert conversation.held_by is None


def test_a_reply_ends_the_waiting_and_a_patients_text_starts_it_again(clinic, vera, act):
    request_id = clinic.request()
    act(lifecycle.claim, vera, request_id, clinic.texts)
    assert clinic.case(request_id)[0].waiting_since is not None
    act(lifecycle.reply, vera, request_id, "Hello", clinic.texts, send_id="1")
    assert clinic.case(request_id)[0].waiting_since is None
    clinic.patient_writes(clinic.case(request_id)[1].id, "thank you, what now?")
    assert clinic.case(request_id)[0].waiting_since is not None


def test_the_same_reply_sent_twice_is_one_message(clinic, vera, act):
    request_id = clinic.request()
    act(lifecycle.claim, vera, request_id, clinic.texts)
    for _ in range(2):
        act(lifecycle.reply, vera, request_id, "Hello", clinic.texts, send_id="same")
    assert [speaker for speaker, _ in transcript(clinic, request_id)].count("nurse") == 1


def test_a_reply_is_refused_when_the_patient_wrote_meanwhile(clinic, vera, act):
    request_id = clinic.request()
    act(lifecycle.claim, vera, request_id, clinic.texts)
    seen = 1
    clinic.patient_writes(clinic.case(request_id)[1].id, "now my leg is weak too")
    with pytest.raises(Conflict, match="patient has written"):
        act(lifecycle.reply, vera, request_id, "All fine?", clinic.texts, send_id="1", seen=seen)
    assert "nurse" not in [speaker for speaker, _ in transcript(clinic, request_id)]


@pytest.mark.parametrize("text", ["", "   ", "x" * 5_000])
def test_an_empty_or_endless_reply_is_refused(clinic, vera, act, text):
    request_id = clinic.request()
    act(lifecycle.claim, vera, request_id, clinic.texts)
    with pytest.raises(InvalidInput):
        act(lifecycle.reply, vera, request_id, text, clinic.texts, send_id="1")


@pytest.mark.parametrize(
    ("ending", "problem"),
    [
        (("true_alarm.no_contact", ""), "reason"),
        (("true_alarm.no_contact", "short"), "reason"),
        (("true_alarm.answered", ""), "answered"),
        (("called", ""), "alarm"),
        (("true_alarm", ""), "outcome"),
        (("", ""), "outcome"),
        (("true_alarm.vanished", ""), "outcome"),
    ],
)
def test_a_red_flag_closes_only_with_contact_or_a_reason(clinic, vera, act, ending, problem):
    outcome, note = ending
    request_id = clinic.request(level="emergency")
    act(lifecycle.claim, vera, request_id, clinic.texts)
    with pytest.raises(InvalidInput, match=problem):
        act(
            lifecycle.close,
            vera,
            request_id,
            clinic.texts,
            outcome=outcome,
            note=note,
            version=version(clinic, request_id),
        )
    assert status(clinic, request_id) == "claimed"


@pytest.mark.parametrize(
    ("outcome", "note"),
    [
        ("true_alarm.called", ""),
        ("false_alarm.no_contact", "the same patient wrote from another device"),
        ("unsure.sent_to_emergency", ""),
    ],
)
def test_a_red_flag_that_may_close(clinic, vera, act, outcome, note):
    request_id = clinic.request(level="emergency")
    act(lifecycle.claim, vera, request_id, clinic.texts)
    act(
        lifecycle.close,
        vera,
        request_id,
        clinic.texts,
        outcome=outcome,
        note=note,
        version=version(clinic, request_id),
    )
    request, conversation = clinic.case(request_id)
    assert (request.status, request.outcome) == ("closed", outcome)
    assert conversation.held_by is None


def test_a_routine_request_closes_without_an_alarm(clinic, vera, act):
    request_id = clinic.routine()
    act(lifecycle.claim, vera, request_id, clinic.texts)
    act(
        lifecycle.close,
        vera,
        request_id,
        clinic.texts,
        outcome="no_contact",
        version=version(clinic, request_id),
    )
    assert status(clinic, request_id) == "closed"


def test_closing_is_refused_when_something_came_in_between(clinic, vera, act):
    request_id = clinic.request()
    act(lifecycle.claim, vera, request_id, clinic.texts)
    seen_version = version(clinic, request_id)
    clinic.patient_writes(
        clinic.case(request_id)[1].id, "and a fever now", ("fever", "fever", "urgent")
    )
    with pytest.raises(Conflict):
        act(
            lifecycle.close,
            vera,
            request_id,
            clinic.texts,
            outcome="true_alarm.called",
            version=seen_version,
        )


def test_a_closed_request_stays_closed(clinic, vera, mona, act):
    request_id = clinic.routine()
    act(lifecycle.claim, vera, request_id, clinic.texts)
    act(
        lifecycle.close,
        vera,
        request_id,
        clinic.texts,
        outcome="called",
        version=version(clinic, request_id),
    )
    for step in (lifecycle.claim, lifecycle.release):
        with pytest.raises(Conflict, match="Vera has closed"):
            act(step, mona, request_id, clinic.texts)
    act(lifecycle.note, mona, request_id, "notes are still possible")


def test_a_raised_request_asks_for_a_new_acknowledgement_and_keeps_its_owner(clinic, vera, act):
    request_id = clinic.request()
    act(lifecycle.claim, vera, request_id, clinic.texts)
    clinic.patient_writes(
        clinic.case(request_id)[1].id,
        "I can't feel my legs",
        ("can't feel my legs", "weakness", "emergency"),
    )
    request, _ = clinic.case(request_id)
    assert (request.priority, request.status, request.acknowledged_at) == (
        "emergency",
        "claimed",
        None,
    )
    act(lifecycle.acknowledge, vera, request_id)
    assert clinic.case(request_id)[0].acknowledged_at is not None


def test_an_unknown_request_is_not_found(vera, act):
    with pytest.raises(NotFound):
        act(lifecycle.acknowledge, vera, 12345)


def test_sending_again_queues_a_failed_message_with_new_attempts(clinic, vera, act):
    request_id = clinic.request(channel="telegram")
    act(lifecycle.claim, vera, request_id, clinic.texts)
    message = act(lifecycle.reply, vera, request_id, "Hello", clinic.texts, send_id="1")
    with clinic.database.write() as session:
        delivery = session.query(Delivery).filter_by(message_id=message.id).one()
        delivery.state, delivery.attempts, delivery.error = "failed", 7, "blocked"
    act(lifecycle.retry_delivery, vera, request_id, message.id)
    with clinic.database.read() as session:
        delivery = session.query(Delivery).filter_by(message_id=message.id).one()
    assert (delivery.state, delivery.attempts, delivery.error) == ("queued", 0, None)
    with pytest.raises(Conflict):
        act(lifecycle.retry_delivery, vera, request_id, message.id)


def test_a_nurses_text_is_kept_as_it_was_typed(clinic, vera, act):
    request_id = clinic.request()
    act(lifecycle.claim, vera, request_id, clinic.texts)
    text = "<b>bold?</b> \u202e /restart {x}\nsecond line"
    act(lifecycle.reply, vera, request_id, text, clinic.texts, send_id="1")
    with clinic.database.read() as session:
        stored = session.query(Message).filter_by(speaker="nurse").one()
    assert stored.text == text
    assert stored.nurse_id == vera.nurse.id
