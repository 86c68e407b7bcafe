"""Approving one text: who, when, which words, nothing else in the file touched."""

from datetime import date

import pytest

from bot.guide import GuideError, approve, load_library, validate

TODAY = date(2026, 11, 22)
CLINICIAN = 'the "duty" surgeon: Ñ {x}'


@pytest.fixture
def spanish(second):
    return second / "facet-joint-injection.es.yml"


@pytest.fixture
def english(second):
    return second / "facet-joint-injection.en.yml"


def written(path, passage, **how):
    content = approve(path, passage, by=CLINICIAN, on=TODAY, **how)
    path.write_text(content, encoding="utf-8")
    return content


@pytest.mark.parametrize("part", ["text", "plain"])
def test_an_approved_text_is_served_without_drafts(part, spanish, second):
    written(spanish, "s01", part=part)
    assert validate(second) == []
    library = load_library(second, serve_drafts=False, today=TODAY)
    wording = library.passage("s01").wording("es")
    approved = wording.verbatim if part == "text" else wording.plain
    assert approved.approval.by == CLINICIAN
    assert approved.approval.on == TODAY
    assert (wording.verbatim is None) == (part == "plain")


def test_only_the_one_line_changes(spanish):
    before = spanish.read_text(encoding="utf-8").split("\n")
    after = written(spanish, "s01", part="plain").split("\n")
    assert len(before) == len(after)
    assert sum(old != new for old, new in zip(before, after, strict=True)) == 1


def test_an_expired_approval_can_be_renewed_with_an_end(spanish, second):
    written(spanish, "s02", part="text")
    written(spanish, "s02", part="text", expires=date(2027, 1, 1))
    library = load_library(second, serve_drafts=False, today=date(2026, 12, 31))
    assert library.passage("s02").wording("es").verbatim
    assert library.at(date(2027, 1, 1)).passage("s02").wording("es").verbatim is None


def test_plain_english_can_be_approved(english, second):
    written(english, "s01", part="plain")
    library = load_library(second, serve_drafts=False, today=TODAY)
    assert library.passage("s01").wording("en").plain


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ({"passage": "s77", "part": "text"}, KeyError),
        ({"passage": "s03", "part": "plain"}, KeyError),
        ({"passage": "s01", "part": "text", "by": "  "}, ValueError),
        ({"passage": "s01", "part": "text", "expires": TODAY}, ValueError),
    ],
)
def test_what_cannot_be_approved_is_refused(how, error, spanish):
    with pytest.raises(error):
        approve(spanish, **{"by": CLINICIAN, "on": TODAY, **how})


def test_the_clinics_own_sentences_need_no_approval(english):
    with pytest.raises(ValueError, match="publication"):
        approve(english, "s01", part="text", by=CLINICIAN, on=TODAY)


def test_an_approval_over_several_lines_is_left_alone(spanish, edit):
    line = edit("es", "approval: {state: draft}", "approval:\n          state: draft")
    with pytest.raises(GuideError, match=f":{line + 1}: The approval is not on one line"):
        approve(spanish, "s01", part="text", by=CLINICIAN, on=TODAY)
