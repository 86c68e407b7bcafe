"""The widget's API against the real application with a real SQLite file."""

import uuid

import pytest
from starlette.testclient import TestClient

from bot.conversation import messages
from bot.settings import Settings
from bot.store.tables import Conversation
from bot.web import create_app

ORIGIN = "https://clinic.example"


@pytest.fixture(scope="session")
def settings(tmp_path_factory):
    var = tmp_path_factory.mktemp("widget")
    return Settings(
        var=var,
        clinic_name="Test Clinic",
        clinic_phone="+00 123 456 789",
        emergency_number="112",
        allowed_origins=f"{ORIGIN} https://www.clinic.example/",
    )


@pytest.fixture(scope="session")
def app(settings):
    return create_app(settings)


@pytest.fixture(scope="session")
def client(app):
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


class Patient:
    """One conversation over HTTP, and what the other side adds to it."""

    def __init__(self, client, **body):
        self.http = client
        answer = client.post("/api/v1/conversations", json={"notice": "n1", **body})
        assert answer.status_code == 201, answer.text
        self.id, self.token = answer.json()["id"], answer.json()["token"]

    @property
    def headers(self):
        return {"Authorization": f"Bearer {self.token}"}

    def get(self, path):
        return self.http.get(f"/api/v1{path}", headers=self.headers)

    def post(self, path, **kwargs):
        return self.http.post(f"/api/v1{path}", headers=self.headers, **kwargs)

    def delete(self, path):
        return self.http.delete(f"/api/v1{path}", headers=self.headers)

    def say(self, text, message_id=None):
        return self.post("/messages", json={"id": message_id or str(uuid.uuid4()), "text": text})

    def hears(self, speaker, text, **fields):
        with self.http.app.state.database.write() as session:
            conversation = messages.lock(session, self.id)
            messages.add(session, conversation, speaker, text, **fields)

    def stored(self):
        with self.http.app.state.database.read() as session:
            return session.get(Conversation, self.id)

    def events(self, after=0):
        return self.get(f"/events?after={after}").json()["events"]


@pytest.fixture
def start(client):
    return lambda **body: Patient(client, **body)


@pytest.fixture
def patient(client):
    return Patient(client)


@pytest.fixture
def other(client):
    return Patient(client)
