"""A flood is slowed and told so; a red flag passes it."""

import uuid
from dataclasses import replace
from types import SimpleNamespace

import pytest
from starlette.testclient import TestClient

from bot.channels.widget import limits
from bot.errors import TooMany
from bot.web import create_app

ORIGIN = "https://clinic.example"
FLAG = "I cannot feel my legs and I have lost control of my bladder"


@pytest.fixture(scope="module")
def narrow(settings, tmp_path_factory):
    app = create_app(
        replace(
            settings,
            var=tmp_path_factory.mktemp("narrow"),
            messages_per_minute=2,
            message_burst=3,
            conversations_per_minute=3,
        )
    )
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def flooding(narrow):
    """Somebody who has just used up what one conversation may send at once."""
    token = narrow.post("/api/v1/conversations", json={"notice": "n"}).json()["token"]

    def say(text=None, message_id=None, **fields):
        body = {"id": message_id or str(uuid.uuid4()), **({"text": text} if text else {}), **fields}
        headers = {"Authorization": f"Bearer {token}", "Origin": ORIGIN}
        return narrow.post("/api/v1/messages", json=body, headers=headers)

    for number in range(3):
        assert say(f"hello {number}").status_code == 202
    say.events = lambda: narrow.get(
        "/api/v1/events?after=0", headers={"Authorization": f"Bearer {token}"}
    ).json()["events"]
    return say


def patients_words(say):
    return [event["text"] for event in say.events() if event.get("speaker") == "patient"]


def test_a_flood_is_told_when_to_come_again(flooding):
    answer = flooding("What are the risks?")
    assert answer.status_code == 429
    assert answer.json()["error"]["code"] == "too_many"
    assert 0 < int(answer.headers["retry-after"]) <= 30
    assert "Retry-After" in answer.headers["access-control-expose-headers"]
    assert patients_words(flooding) == ["hello 0", "hello 1", "hello 2"]


def test_a_red_flag_passes_in_the_middle_of_a_flood(flooding):
    for _ in range(5):
        flooding("What are the risks?")
    assert flooding(FLAG).status_code == 202
    assert [event["alert"] for event in flooding.events() if event.get("alert")] == ["emergency"]


def test_a_nurse_can_be_asked_for_in_the_middle_of_a_flood(flooding):
    flooding("What are the risks?")
    assert flooding(reply="nurse").status_code == 202


def test_one_flood_does_not_slow_down_another_patient(flooding, narrow):
    assert flooding("What are the risks?").status_code == 429
    token = narrow.post("/api/v1/conversations", json={"notice": "n"}).json()["token"]
    answer = narrow.post(
        "/api/v1/messages",
        json={"id": str(uuid.uuid4()), "text": "hello"},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status_code == 202


def test_opening_conversations_is_limited_for_each_address(narrow):
    def open_from(address):
        with TestClient(narrow.app, client=(address, 1), raise_server_exceptions=False) as client:
            return client.post("/api/v1/conversations", json={"notice": "n"})

    codes = [open_from("203.0.113.7").status_code for _ in range(4)]
    assert codes == [201, 201, 201, 429]
    assert int(open_from("203.0.113.7").headers["retry-after"]) > 0
    assert open_from("203.0.113.8").status_code == 201
    assert [open_from("127.0.0.1").status_code for _ in range(5)] == [201] * 5


@pytest.mark.parametrize(
    ("host", "key"),
    [
        ("127.0.0.1", None),
        ("::1", None),
        ("testclient", None),
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    ],
)
def test_who_calls(host, key):
    request = SimpleNamespace(client=SimpleNamespace(host=host))
    assert limits.caller(request) == key


def test_a_limit_gives_way_with_time():
    at = [100.0]
    limit = limits.Limit(60, 2, clock=lambda: at[0])
    for _ in range(2):
        limit.check("a")
        limit.take("a")
    with pytest.raises(TooMany) as refused:
        limit.check("a")
    assert refused.value.retry_after_s == 1
    limit.check("b")
    at[0] += 1
    limit.check("a")


def test_wrong_codes_are_limited(narrow):
    answers = [
        narrow.post("/api/v1/conversations/resume", json={"code": "AAAA-BBBB-CCCC"})
        for _ in range(limits.WRONG_CODES_A_MINUTE + 1)
    ]
    assert {answer.status_code for answer in answers[:-1]} == {404}
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) > 0
