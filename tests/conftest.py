"""What all tests share: the record on SQLite and on PostgreSQL, triage, a trained model."""

import os
import shutil

import postgresql_cluster
import pytest

from bot import training
from bot.settings import Settings
from bot.store import Database
from bot.triage import Triage

POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.postgresql)
MISSING = "PostgreSQL is not installed (Debian: apt-get install postgresql)"


@pytest.fixture(scope="session")
def postgresql():
    """A running server; a test that needs one is skipped without it, but never in CI."""
    programs = postgresql_cluster.binaries()
    if programs is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(MISSING)
    cluster = postgresql_cluster.Cluster(programs)
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def empty_record(tmp_path_factory):
    """A SQLite file with all tables and no rows, to be copied: faster than migrating each time."""
    path = tmp_path_factory.mktemp("record") / "empty.db"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    database.close()
    return path


@pytest.fixture(params=["sqlite", POSTGRESQL])
def database_url(request, tmp_path):
    if request.param == "postgresql":
        return request.getfixturevalue("postgresql").empty_database()
    path = tmp_path / "record.db"
    shutil.copy(request.getfixturevalue("empty_record"), path)
    return f"sqlite:///{path}"


@pytest.fixture
def database(database_url):
    record = Database(database_url)
    yield record
    record.close()


@pytest.fixture(scope="session")
def triage():
    return Triage.load(Settings().data / "triage")


@pytest.fixture(scope="session")
def model():
    """The trained dialogue model; trains once when it is missing or stale."""
    settings = Settings.from_environment()
    if training.is_stale(settings):
        training.train(settings)
    return settings.models / f"{training.NAME}.tar.gz"


def pytest_collection_modifyitems(items):
    """Browser tests last: Playwright keeps an event loop in the main thread from its first use."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
