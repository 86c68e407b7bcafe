from datetime import timedelta

from bot.clock import now
from bot.consultations import lifecycle, queries
from bot.store.tables import ConsultationRequest


def waits(clinic, request_id, minutes):
    with clinic.database.write() as session:
        session.get(ConsultationRequest, request_id).waiting_since = (
            None if minutes is None else now() - timedelta(minutes=minutes)
        )
    return request_id


def order(clinic, nurse=None, which="open", search=""):
    with clinic.database.read() as session:
        return [item.request.id for item in queries.queue(session, nurse, which, search)]


def test_the_most_urgent_come_first_then_who_waits_longest(clinic):
    routine_long = waits(clinic, clinic.routine(), 600)
    urgent_short = waits(clinic, clinic.request(), 1)
    urgent_answered = waits(clinic, clinic.request(), None)
    urgent_long = waits(clinic, clinic.request(), 50)
    emergency = waits(clinic, clinic.request(level="emergency"), 0)
    assert order(clinic) == [emergency, urgent_long, urgent_short, urgent_answered, routine_long]


def test_filters_and_their_counts(clinic, vera, mona, act):
    mine, other, free = clinic.request(), clinic.request(), clinic.request(level="emergency")
    act(lifecycle.claim, vera, mine, clinic.texts)
    act(lifecycle.claim, mona, other, clinic.texts)
    act(lifecycle.called, mona, other)
    assert order(clinic, vera.nurse, "mine") == [mine]
    assert order(clinic, vera.nurse, "unclaimed") == [free]
    assert order(clinic, vera.nurse, "answered") == [other]
    assert order(clinic, vera.nurse, "closed") == []
    with clinic.database.read() as session:
        assert queries.counts(session, vera.nurse) == {
            "open": 3,
            "unclaimed": 1,
            "mine": 1,
            "answered": 1,
            "alarming": 1,
        }


def test_search_finds_name_telephone_reference_and_words(clinic):
    first = clinic.request(patient_name="Zo\u00eb Quill", patient_phone="+33 6 11 22")
    clinic.request(text="I have a fever of 39 and 100% of my toes tingle")
    reference = clinic.case(first)[0].reference
    for text in ("quill", "6 11 22", reference.lower(), reference):
        assert order(clinic, search=text) == [first]
    assert len(order(clinic, search="tingle")) == 1
    assert len(order(clinic, search="100%")) == 1
    assert order(clinic, search="_____nothing%") == []


def test_the_listing_has_the_agreed_keys(clinic):
    request_id = clinic.request()
    with clinic.database.read() as session:
        (row,) = queries.listing(session)
    assert row["id"] == request_id
    assert (row["priority"], row["status"], row["signs"]) == ("urgent", "new", ["fever"])
    assert len(row["messages"]) == 1
    assert {"conversation", "created_at"} <= row.keys()


def test_more_than_one_page_is_said_and_reached(clinic, monkeypatch):
    monkeypatch.setattr(queries, "PAGE", 2)
    made = [waits(clinic, clinic.routine(), 100 - index) for index in range(5)]
    with clinic.database.read() as session:
        pages = [
            [item.request.id for item in queries.queue(session, page=page)] for page in (1, 2, 3)
        ]
    assert pages == [made[0:3], made[2:5], made[4:5]]
