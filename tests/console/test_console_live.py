import json
import time
from contextlib import contextmanager

from clinic import BOTH, Browser

from bot.clock import now
from bot.console import live
from bot.consultations import accounts, viewing

pytestmark = BOTH


@contextmanager
def watching(browser, after=0, request=0, **headers):
    """The stream's events as (name, id, data)."""
    path = f"/console/events/stream?after={after}&request={request}"
    with browser.http.stream("GET", path, headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield parsed(answer.iter_lines())


def parsed(lines):
    fields = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif "data" in fields:
            yield fields.get("event"), int(fields.get("id", 0)), json.loads(fields["data"])
            fields = {}


def until(stream, kind):
    return next(
        (item, position)
        for name, position, items in stream
        if name == "news"
        for item in items
        if item["type"] == kind
    )


def test_a_new_request_reaches_an_open_console_without_a_patients_words(vera, clinic):
    with watching(vera) as stream:
        assert next(stream)[0] == "beat"
        began = time.monotonic()
        request_id = clinic.request(text="my secret words and a fever of 39")
        item, _ = until(stream, "request_opened")
        assert time.monotonic() - began < 2
        assert item["request"] == request_id
        assert item["priority"] == "urgent"
        assert "secret" not in json.dumps(item)


def test_a_console_that_was_away_gets_everything_it_missed(vera, clinic):
    with watching(vera) as stream:
        first = clinic.request()
        _, position = until(stream, "request_opened")
    second, third = clinic.request(), clinic.request()
    with watching(vera, **{"last-event-id": str(position)}) as stream:
        found = (
            item["request"]
            for name, _, items in stream
            if name == "news"
            for item in items
            if item["type"] == "request_opened"
        )
        assert [next(found), next(found)] == [second, third]
    assert first < second


def test_very_much_news_says_read_everything_again(vera, clinic):
    with clinic.database.write() as session:
        from bot.conversation import events  # noqa: PLC0415  used here alone

        for _ in range(400):
            events.tell_staff(session, "request_added", request_id=1)
    with watching(vera) as stream:
        item, _ = until(stream, "reset")
    assert item["request"] is None


def test_a_stream_ends_when_the_account_is_disabled(vera, clinic):
    with watching(vera) as stream:
        next(stream)
        with clinic.database.write() as session:
            accounts.disable(session, "vera")
        assert [name for name, _, _ in stream][-1] == "signed_out"


def test_roles_without_patients_do_not_watch(clinic, address):
    clinic.nurse("olga", "auditor")
    browser = Browser(address)
    browser.sign_in("olga")
    assert browser.get("/console/events/stream").status_code == 401


def viewers(stream):
    """What the stream says next about who looks at what."""
    return next(data for name, _, data in stream if name == "viewers")


def test_who_opens_a_request_is_seen_by_the_others_until_the_page_is_closed(
    vera, clinic, address, monkeypatch
):
    monkeypatch.setattr(live, "BEAT_S", 0.1)
    clinic.nurse("mona")
    mona = Browser(address)
    mona.sign_in("mona")
    request_id = clinic.request()
    with watching(vera, request=request_id) as queue:
        assert viewers(queue) == {}
        with watching(mona, request=request_id) as hers:
            assert viewers(hers) == {str(request_id): ["Vera"]}
            assert viewers(queue) == {str(request_id): ["Mona"]}
        assert viewers(queue) == {}


def test_a_screen_that_was_not_heard_of_is_forgotten(vera, clinic, monkeypatch):
    mona, request_id = clinic.nurse("mona"), clinic.request()
    with clinic.database.write() as session:
        viewing.look(session, request_id, mona.id)
        viewing.look(session, 999, mona.id)  # no such request: nothing happens
    with clinic.database.read() as session:
        assert viewing.others(session, 0) == {request_id: ["Mona"]}
        later = now() + viewing.LASTS
        monkeypatch.setattr(viewing, "now", lambda: later)
        assert viewing.others(session, 0) == {}
