import pytest
from clinic import Browser, clinic_for, serving


@pytest.fixture
def clinic(request, tmp_path):
    made = clinic_for(request, tmp_path)
    yield made
    made.close()


@pytest.fixture
def address(clinic):
    with serving(clinic.app()) as url:
        yield url
        Browser.close_all()


@pytest.fixture
def vera(clinic, address):
    """Signed in as a nurse."""
    clinic.nurse("vera")
    browser = Browser(address)
    assert browser.sign_in("vera").status_code == 303
    return browser
