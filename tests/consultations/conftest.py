import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "console"))
from clinic import clinic_for


@pytest.fixture
def clinic(request, tmp_path):
    made = clinic_for(request, tmp_path)
    yield made
    made.close()


@pytest.fixture
def vera(clinic):
    return clinic.actor(clinic.nurse("vera"))


@pytest.fixture
def mona(clinic):
    return clinic.actor(clinic.nurse("mona", "lead"))


@pytest.fixture
def act(clinic):
    """Runs one step of the life cycle in a transaction of its own."""

    def step(function, actor, request_id, *values, **named):
        with clinic.database.write() as session:
            return function(session, actor, request_id, *values, **named)

    return step
