"""One running installation for all stories; whatever a story breaks is mended for the next."""

import pytest
from house import House

from bot.evaluation.instance import PARTS
from bot.evaluation.patient import Patient


@pytest.fixture(scope="session")
def installation(model, tmp_path_factory):
    house = House(tmp_path_factory.mktemp("installation"), models=str(model.parent))
    try:
        house.start()
        house.wait()
        yield house
    finally:
        house.stop()
        house.database.close()


@pytest.fixture
def house(installation):
    installation.mend()
    yield installation
    assert set(installation._processes) == set(PARTS)


@pytest.fixture
def patient(house):
    someone = Patient(house.url)
    yield someone
    someone.close()
