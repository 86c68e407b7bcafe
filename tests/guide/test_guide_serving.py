"""Which texts are shown, when, and under which label."""

import shutil
from datetime import date

import pytest
from guide_places import GUIDES

from bot.guide import NothingToServeError, digest, load_library, render

TODAY = date(2026, 11, 22)
BEFORE_EXPIRY = date(2027, 5, 31)
EXPIRY = date(2027, 6, 1)
JOINTS = "A facet joint injection places medicine beside 2 small joints of the spine."
PLAIN_JOINTS = "Medicine is put next to 2 small joints in your back."
ARTICULACIONES = (
    "La infiltración facetaria deposita un medicamento junto a 2 pequeñas articulaciones"
    " de la columna."
)


@pytest.fixture
def drafts(second):
    return load_library(second, serve_drafts=True, today=TODAY)


@pytest.fixture
def production(second):
    return load_library(second, serve_drafts=False, today=TODAY)


def text_of(library, passage, language, labels, style="plain_first"):
    return render([library.passage(passage)], language=language, style=style, labels=labels).text


def test_plain_words_come_first_and_apart_from_the_clinics(drafts, labels):
    expected = f"[plain, draft]\n{PLAIN_JOINTS}\n\n[guide]\n{JOINTS}"
    assert text_of(drafts, "s01", "en", labels) == expected


def test_verbatim_style_shows_the_clinics_words_alone(drafts, labels):
    assert text_of(drafts, "s01", "en", labels, "verbatim") == f"[guide]\n{JOINTS}"


def test_a_draft_translation_is_labelled(drafts, labels):
    text = text_of(drafts, "s01", "es", labels, "verbatim")
    assert text == f"[translation, draft]\n{ARTICULACIONES}"


def test_without_drafts_the_published_english_is_shown_with_its_label(production, labels):
    assert text_of(production, "s01", "es", labels) == f"[english]\n{JOINTS}"
    assert text_of(production, "s01", "en", labels) == f"[guide]\n{JOINTS}"


def test_an_unknown_language_gets_the_published_english(drafts, labels):
    assert text_of(drafts, "s01", "de", labels) == f"[english]\n{JOINTS}"


def test_an_expired_translation_gives_way_to_english(drafts, labels):
    assert "[english]\nYou rest" in text_of(drafts, "s02", "es", labels, "verbatim")


def test_an_approved_translation_needs_no_draft_label(second, edit, labels):
    approved = (
        f'"{ARTICULACIONES}"\n        approval: {{state: approved, by: a clinician, '
        f"on: 2026-11-20, expires: 2026-12-24, digest: {digest(ARTICULACIONES, JOINTS)}}}"
    )
    edit("es", f'"{ARTICULACIONES}"\n        approval: {{state: draft}}', approved)
    library = load_library(second, serve_drafts=False, today=TODAY)
    assert text_of(library, "s01", "es", labels) == f"[translation]\n{ARTICULACIONES}"
    later = library.at(date(2026, 12, 24))
    assert text_of(later, "s01", "es", labels) == f"[english]\n{JOINTS}"


@pytest.mark.parametrize("serve_drafts", [True, False])
@pytest.mark.parametrize("language", ["en", "es", "fr"])
def test_an_expired_sentence_is_gone_in_every_language(second, serve_drafts, language, labels):
    library = load_library(second, serve_drafts=serve_drafts, today=BEFORE_EXPIRY)
    assert text_of(library, "s02", language, labels)
    late = load_library(second, serve_drafts=serve_drafts, today=EXPIRY)
    assert late.passage("s02").wordings == {}
    assert "s02" not in {passage.id for passage in late.answerable()}
    with pytest.raises(NothingToServeError):
        text_of(late, "s02", language, labels)


def test_a_library_can_be_moved_to_another_day(production):
    assert production.at(TODAY) is production
    late = production.at(EXPIRY)
    assert late.passages("afterwards") == ()
    assert production.passages("afterwards")
    assert late.at(BEFORE_EXPIRY).passages("afterwards")
    assert production.at(EXPIRY) is late  # worked out once a day, not once a message
    assert production.at(BEFORE_EXPIRY).passages("afterwards")
    assert late.fingerprint == production.fingerprint


def test_questions_stay_for_training_whatever_is_shown(production):
    assert production.passage("s01").questions["es"] == ("¿Qué es una infiltración facetaria?",)


def test_the_source_names_only_what_was_shown(second, labels):
    late = load_library(second, serve_drafts=True, today=EXPIRY)
    with pytest.raises(NothingToServeError):
        render(late.section("afterwards").passages, language="en", labels=labels)
    answer = render(late.section("what_is_it").passages, language="en", labels=labels)
    assert answer.source.as_json() == {
        "guide": "facet-joint-injection",
        "section": "what_is_it",
        "passages": ["s01"],
        "version": "2026-10",
    }


def test_a_lead_in_is_never_an_answer(drafts, labels):
    with pytest.raises(NothingToServeError):
        text_of(drafts, "s03", "en", labels)
    answer = render(drafts.section("afterwards").passages, language="en", labels=labels)
    assert answer.source.passages == ("s02",)
    assert "Other advice" not in answer.text


def test_one_answer_comes_from_one_section(drafts, labels):
    mixed = [drafts.passage("s01"), drafts.passage("s02")]
    with pytest.raises(ValueError, match="one section"):
        render(mixed, language="en", labels=labels)
    with pytest.raises(NothingToServeError):
        render([], language="en", labels=labels)


def test_sentences_of_one_kind_share_one_label(clinic_library, labels):
    answer = render(
        clinic_library.passages("recovery"), language="en", style="verbatim", labels=labels
    )
    assert answer.text.count("[guide]") == 1
    assert answer.source.passages == ("s20", "s21")


def test_production_shows_nothing_of_the_clinics_guide_but_published_text(labels):
    library = load_library(GUIDES, serve_drafts=False, today=TODAY)
    for passage in library.answerable():
        for language in ("en", "es", "fr"):
            text = render([passage], language=language, labels=labels).text
            assert text.split("\n", 1)[1] == passage.source_text


@pytest.fixture
def both(second):
    for path in GUIDES.glob("*.yml"):
        shutil.copy(path, second)
    return load_library(second, serve_drafts=True, today=TODAY)


def test_several_guides_live_side_by_side(both):
    with pytest.raises(KeyError, match="say which guide"):
        both.passage("s01")
    assert both.passage("s01", guide="facet-joint-injection").source_text == JOINTS
    assert len({passage.key for passage in both.answerable()}) == len(both.answerable()) == 31
    assert len(both.answerable(guide="facet-joint-injection")) == 2
    (found,) = both.guides_for("facet_joint_injection")
    assert found.titles["es"] == "Infiltración facetaria"
    assert both.guides_for("hip_replacement") == ()


def test_unknown_names_are_key_errors(drafts):
    for ask in (drafts.passage, drafts.section, drafts.guide, drafts.neighbours):
        with pytest.raises(KeyError):
            ask("nowhere")


def test_neighbours_are_the_nearest_sections_that_answer(clinic_library):
    near = [section.id for section in clinic_library.neighbours("recovery")]
    assert near == ["return_to_activity", "immediate_postop", "warning_signs"]
    assert clinic_library.section("recovery").title("en") == "Recovery"


def test_any_change_of_a_file_changes_the_fingerprint(second, drafts, edit):
    edit("es", "un rato", "un ratito")
    changed = load_library(second, serve_drafts=True, today=TODAY)
    assert changed.fingerprint != drafts.fingerprint
