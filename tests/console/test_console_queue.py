"""The queue page: where a search looks, what is remembered, views saved by each nurse."""

import re

import pytest
from clinic import Browser

from bot.console import views
from bot.consultations import lifecycle
from bot.store.tables import AuditEntry, Nurse


def rows(browser, path="/console/queue"):
    return {int(id_) for id_ in re.findall(r'id="request-(\d+)"', browser.get(path).text)}


@pytest.fixture
def wound_and_fall(clinic):
    """A closed request about a wound and an open one about a fall."""
    wound = clinic.request(text="my wound smells, fever of 39")
    fall = clinic.request(text="I fell down the stairs, fever of 39")
    mona = clinic.actor(clinic.nurse("mona"))
    with clinic.database.write() as session:
        version = lifecycle.claim(session, mona, wound, clinic.texts).version
        lifecycle.close(
            session, mona, wound, clinic.texts, outcome="true_alarm.called", version=version
        )
    return wound, fall


def test_a_search_looks_everywhere_unless_a_filter_is_chosen(vera, wound_and_fall):
    wound, fall = wound_and_fall
    assert rows(vera, "/console/queue?filter=mine") == set()
    assert rows(vera, "/console/queue?search=wound") == {wound}
    assert rows(vera, "/console/queue?search=fever") == {wound, fall}
    assert rows(vera, "/console/queue?search=fever&filter=open") == {fall}
    page = vera.get("/console/queue?search=fever").text
    assert "2 found for" in page
    assert 'href="/console/queue?filter=closed&amp;search=fever"' in page


def test_the_last_filter_is_remembered_and_a_search_does_not_change_it(vera, wound_and_fall):
    wound, fall = wound_and_fall
    assert rows(vera, "/console/queue?filter=closed") == {wound}
    rows(vera, "/console/queue?search=stairs")
    assert rows(vera) == {wound}
    assert rows(vera, "/console/queue?filter=open") == {fall}
    assert rows(vera) == {fall}


def save(browser, **view):
    return browser.post("/console/views", **{"filter": "all", "search": "", **view})


def test_a_nurse_saves_views_for_herself_and_removes_them(vera, clinic, address, wound_and_fall):
    wound, _ = wound_and_fall
    answer = save(vera, name=' Wounds & "more" ', search="wound")
    assert answer.headers["location"] == "/console/queue?search=wound"
    assert rows(vera, answer.headers["location"]) == {wound}
    save(vera, name="Closed", filter="closed")
    page = vera.get("/console/queue").text
    assert "Wounds &amp; &#34;more&#34;</a>" in page
    mona = Browser(address)
    mona.sign_in("mona")
    assert "Wounds" not in mona.get("/console/queue").text
    vera.post("/console/views/remove", name='Wounds & "more"')
    page = vera.get("/console/queue").text
    assert "Wounds" not in page
    assert ">Closed</a>" in page
    with clinic.database.read() as session:
        actions = [
            row.action
            for row in session.query(AuditEntry).filter(AuditEntry.action.like("views.%"))
        ]
    assert actions == ["views.save", "views.save", "views.remove"]


@pytest.mark.parametrize(
    "view",
    [
        {"name": " "},
        {"name": "x", "filter": "nothing"},
        {"name": "x", "filter": ""},
    ],
)
def test_a_view_that_is_none_is_refused(vera, view):
    assert save(vera, **view).status_code == 400


def test_there_are_only_so_many_views_and_a_name_stands_once(vera, clinic):
    for n in range(views.MOST):
        assert save(vera, name=f"v{n}").status_code == 303
    assert save(vera, name="one more").status_code == 400
    assert save(vera, name="v0", search="again").status_code == 303
    with clinic.database.read() as session:
        kept = views.of(session.query(Nurse).filter_by(name="vera").one())
    assert len(kept) == views.MOST
    assert kept[-1].search == "again"
