import pytest

from bot.channels.widget import demo

ORIGIN = "https://clinic.example"
ASK = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}


@pytest.mark.parametrize("origin", [ORIGIN, "https://www.clinic.example"])
def test_a_listed_site_may_call(client, origin):
    answer = client.options("/api/v1/messages", headers={"Origin": origin, **ASK})
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == origin
    assert "Authorization" in answer.headers["access-control-allow-headers"]
    assert "Last-Event-ID" in answer.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "http://clinic.example",
        "https://clinic.example.evil.example",
        "https://clinic.example:8443",
        "",
    ],
)
def test_any_other_site_may_not(client, origin):
    preflight = client.options("/api/v1/messages", headers={"Origin": origin, **ASK})
    assert preflight.status_code == 403
    answer = client.post("/api/v1/conversations", json={"notice": "n"}, headers={"Origin": origin})
    for headers in (preflight.headers, answer.headers):
        assert "access-control-allow-origin" not in headers
        assert "Origin" in headers["vary"]


def test_errors_can_be_read_by_a_listed_site(client):
    answer = client.get("/api/v1/events", headers={"Origin": ORIGIN})
    assert answer.status_code == 401
    assert answer.headers["access-control-allow-origin"] == ORIGIN


def test_only_listed_sites_may_frame_the_page(client):
    policy = client.get("/demo").headers["content-security-policy"]
    assert policy.endswith("frame-ancestors https://clinic.example https://www.clinic.example")


def test_without_listed_sites_nobody_may_frame_the_page():
    assert demo._framing("") == "'none'"
