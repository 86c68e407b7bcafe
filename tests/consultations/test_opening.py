"""One case an episode: opened, raised, added to; never lowered, never doubled."""

import re

import pytest

from bot.consultations import opening
from bot.conversation import conversations, messages
from bot.store.tables import ConsultationRequest, Notice, RequestEntry, RequestMessage


@pytest.fixture
def conversation_id(database):
    with database.write() as session:
        return conversations.start(session, channel="widget", locale="en").id


@pytest.fixture
def file(database, conversation_id):
    """A function that files a new message of the patient."""

    def one(priority, *signs):
        with database.write() as session:
            conversation = messages.lock(session, conversation_id)
            message = messages.add(
                session, conversation, "patient", "help", client_id=str(conversation.last_seq)
            )
            return opening.file(session, conversation, message, priority=priority, signs=signs)

    return one


def change(database, request, **values):
    with database.write() as session:
        stored = session.get(ConsultationRequest, request.id)
        for name, value in values.items():
            setattr(stored, name, value)


def stored(database, request):
    with database.read() as session:
        return session.get(ConsultationRequest, request.id)


def rows(database, table):
    with database.read() as session:
        return session.query(table).all()


def test_the_first_message_opens_a_request(database, file):
    filed = file("urgent", "fever", "wound_fluid", "fever")
    assert (filed.opened, filed.raised) == (True, False)
    request = stored(database, filed.request)
    assert (request.status, request.priority, request.rank) == ("new", "urgent", 1)
    assert request.signs == ["fever", "wound_fluid"]
    assert request.waiting_since == request.created_at
    assert re.fullmatch(f"[{opening.READABLE}]{{6}}", request.reference)
    assert [entry.action for entry in rows(database, RequestEntry)] == ["opened"]
    assert [notice.type for notice in rows(database, Notice)] == ["request_opened"]


def test_further_messages_are_added(database, file):
    first = file("urgent", "fever").request
    filed = file("urgent", "numbness")
    assert (filed.opened, filed.raised, filed.request.id) == (False, False, first.id)
    assert stored(database, first).signs == ["fever", "numbness"]
    assert len(rows(database, RequestMessage)) == 2
    assert len(rows(database, RequestEntry)) == 1


@pytest.mark.parametrize(
    ("before", "then", "raised"),
    [
        ("routine", "urgent", True),
        ("routine", "emergency", True),
        ("urgent", "emergency", True),
        ("emergency", "urgent", False),
        ("urgent", "routine", False),
        ("urgent", "urgent", False),
    ],
)
def test_a_request_is_raised_and_never_lowered(database, file, before, then, raised):
    request = file(before).request
    assert file(then).raised is raised
    now = stored(database, request)
    assert now.priority == (then if raised else before)
    assert now.rank == opening.RANKS[now.priority]
    assert [notice.type for notice in rows(database, Notice)][1] == (
        "request_raised" if raised else "request_added"
    )


def test_a_worse_sign_asks_for_a_new_acknowledgement(database, file):
    request = file("urgent").request
    change(database, request, status="acknowledged", acknowledged_at=request.created_at)
    file("emergency")
    now = stored(database, request)
    assert (now.status, now.acknowledged_at) == ("new", None)


@pytest.mark.parametrize("status", ["claimed", "contacted"])
def test_whoever_owns_the_case_keeps_it_when_it_gets_worse(database, file, status):
    request = file("urgent").request
    change(database, request, status=status)
    file("emergency")
    assert stored(database, request).status == status


def test_after_staff_closed_it_a_new_episode_is_a_new_request(database, file):
    first = file("urgent").request
    change(database, first, status="closed")
    second = file("routine")
    assert second.opened
    assert second.request.id != first.id
    assert second.request.reference != first.reference
    assert stored(database, first).priority == "urgent"


def test_it_has_waited_since_the_first_message_nobody_answered(database, file):
    request = file("urgent").request
    began = stored(database, request).waiting_since
    file("urgent")
    assert stored(database, request).waiting_since == began
    change(database, request, waiting_since=None)
    file("urgent")
    assert stored(database, request).waiting_since > began


def test_every_change_has_a_version_of_its_own(database, file):
    request = file("urgent").request
    versions = [stored(database, request).version]
    for _ in range(3):
        file("urgent")
        versions.append(stored(database, request).version)
    assert versions == sorted(set(versions))


def test_only_the_open_request_of_this_conversation_is_found(database, conversation_id, file):
    with database.read() as session:
        assert opening.open_request(session, conversation_id) is None
    request = file("urgent").request
    with database.read() as session:
        assert opening.open_request(session, conversation_id).id == request.id
        assert opening.open_request(session, "0" * 32) is None
