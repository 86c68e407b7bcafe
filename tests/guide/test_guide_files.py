"""What an administrator reads after a slip in a guide file: file, line and how to mend it."""

from datetime import date

import pytest

from bot.guide import GuideError, digest, load_library, validate

TODAY = date(2026, 11, 22)
RESTING = "You rest for a short time and then go home."


def test_the_second_guide_is_in_order(second):
    assert validate(second) == []


SLIPS = {
    "unknown key": ("en", "    title: What it is\n", "    titel: What it is\n", "no key `titel`"),
    "missing text": ("es", '        text: "Otros consejos:"\n', "", "has no `text`"),
    "missing approval": ("es", "        approval: {state: expired}\n", "", "has no `approval`"),
    "unknown state": ("en", "{state: published}", "{state: fine}", "`state` of the approval"),
    "unknown kind": ("en", "kind: lead_in", "kind: leadin", "`kind` of passage `s03`"),
    "no date": ("en", "expires: 2027-06-01", "expires: June 2027", "`June 2027`, no date"),
    "id twice": ("en", "id: s02", "id: s01", "The id `s01` is used twice"),
    "bad id": ("en", "id: afterwards", "id: After wards", "other signs than"),
    "body without passages": ("en", "body: none", "body: present", "a body but no passages"),
    "passages without body": ("en", "body: present", "body: none", "passages but no body"),
    "not a list": (
        "en",
        "names: [facet joint injection, spinal injection]",
        "names: injection",
        "`names` of facet_joint_injection is text",
    ),
    "empty question": ("en", "- Can I go home the same day?", "- ", "A question of passage `s02`"),
    "lead-in with questions": ("en", "kind: fact", "kind: lead_in", "answers nothing by itself"),
    "unknown parent": ("en", "body: none", "body: none\n    under: nowhere", "is not above it"),
    "space at the end": ("en", 'go home."', 'go home. "', "begins or ends with a space"),
    "published translation": ("es", "{state: draft}", "{state: published}", "says `published`"),
    "approved by nobody": ("es", "{state: draft}", "{state: approved}", "who approved which text"),
    "wrong name inside": ("es", "language: es", "language: fr", "its name says otherwise"),
    "other version": ("es", '"2026-10"', '"2025-01"', "the guide is at 2026-10"),
    "other section": ("es", "id: comparing", "id: compared", "`compared` is not the one"),
    "other passage": ("es", "id: s03", "id: s04", "passages of section `afterwards`"),
    "other procedure": ("es", "id: facet_joint_injection", "id: facet", "The procedures are not"),
    "number added in plain words": ("en", "rest a little", "rest 3 hours", "says 3"),
    "number added in translation": ("es", "un rato", "20 minutos", "says 20"),
    "question of two passages": (
        "en",
        "- Can I go home the same day?",
        "- Where does the needle go?",
        "a question of `s01` already",
    ),
    "key twice": (
        "en",
        "    title: Afterwards\n",
        "    title: Afterwards\n    title: Later\n",
        "`title` is given twice",
    ),
    "no YAML": ("en", "title: Facet joint", "title: [Facet joint", "no readable YAML"),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_named_with_file_line_and_mend(slip, second, edit):
    language, old, new, expected = SLIPS[slip]
    edit(language, old, new)
    found = [problem for problem in validate(second) if expected in problem.message]
    assert found
    assert found[0].file == f"facet-joint-injection.{language}.yml"
    assert found[0].line >= 1
    assert found[0].mend
    with pytest.raises(GuideError, match=found[0].file) as error:
        load_library(second, serve_drafts=True, today=TODAY)
    assert found[0] in error.value.problems
    assert error.value.mend == error.value.problems[0].mend


@pytest.mark.parametrize(
    ("language", "old", "new"),
    [
        ("en", "kind: lead_in", "kind: leadin"),
        ("en", "{state: published, expires: 2027-06-01}", "{state: fine}"),
        ("es", '"2026-10"', '"2025-01"'),
        ("en", "- Can I go home the same day?", "- Where does the needle go"),
    ],
)
def test_the_line_is_the_very_line(language, old, new, second, edit):
    line = edit(language, old, new)
    assert [problem.line for problem in validate(second)] == [line]


def test_a_translation_needs_its_guide(second):
    (second / "facet-joint-injection.en.yml").unlink()
    assert [problem.message for problem in validate(second)] == ["The guide's own text is missing"]


def test_an_empty_directory_says_what_belongs_there(tmp_path):
    with pytest.raises(GuideError, match=r"<guide>\.en\.yml"):
        load_library(tmp_path, serve_drafts=True, today=TODAY)


def test_a_file_that_is_no_text_is_named(second):
    (second / "facet-joint-injection.es.yml").write_bytes(b"\xff\xfe\x00")
    assert validate(second)[0].file == "facet-joint-injection.es.yml"


def test_hard_words_in_plain_text_are_reported_but_do_not_stop_the_guide(second, edit):
    hard = "Postoperative observation is recommended, subsequently followed by discharge home."
    edit("en", "You rest a little and then go home.", hard)
    (problem,) = validate(second)
    assert "reading grade" in problem.message
    assert load_library(second, serve_drafts=True, today=TODAY)


def approve_resting(edit):
    plain = "You rest a little and then go home."
    approval = f"state: approved, by: a clinician, on: 2026-11-20, digest: {digest(plain, RESTING)}"
    old = f'"{plain}"\n          approval: {{state: draft}}'
    edit("en", old, f'"{plain}"\n          approval: {{{approval}}}')


def test_an_approval_holds_for_the_approved_words_only(second, edit):
    approve_resting(edit)
    assert validate(second) == []
    edit("en", "You rest a little", "You rest all day")
    (problem,) = validate(second)
    assert "changed after it was approved" in problem.message
    assert not problem.blocks
    library = load_library(second, serve_drafts=False, today=TODAY)
    assert library.passage("s02").wording("en").plain is None


def test_an_approval_falls_when_the_guides_sentence_changes(second, edit):
    approve_resting(edit)
    edit("en", RESTING, "You go home at once.")
    assert "changed after it was approved" in validate(second)[0].message
