import json
import time
from contextlib import contextmanager

from clinic import Browser

from bot.consultations import accounts


@contextmanager
def watching(browser, after=0, **headers):
    """The stream's events as (name, id, data)."""
    path = f"/console/events/stream?after={after}"
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
        for _, position, items in stream for item in items if item["type"] == kind
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
        found = (item["request"] for _, _, items in stream for item in items
                 if item["type"] == "request_opened")
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
