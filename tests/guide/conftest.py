import shutil
from datetime import date

import pytest
from guide_places import GUIDES, TEST_DATA

from bot.guide import Labels, load_library

TODAY = date(2026, 11, 22)


@pytest.fixture
def labels():
    return Labels(
        plain="[plain]",
        plain_draft="[plain, draft]",
        verbatim="[guide]",
        translation="[translation]",
        translation_draft="[translation, draft]",
        original="[english]",
    )


@pytest.fixture(scope="session")
def clinic_library():
    return load_library(GUIDES, serve_drafts=True, today=TODAY)


@pytest.fixture
def second(tmp_path):
    """A directory with the small second guide, free to be broken."""
    for path in (TEST_DATA / "second").glob("*.yml"):
        shutil.copy(path, tmp_path)
    return tmp_path


@pytest.fixture
def edit(second):
    """edit(language, old, new) changes one place of the second guide; gives its line."""

    def change(language: str, old: str, new: str) -> int:
        path = second / f"facet-joint-injection.{language}.yml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return text[: text.index(old)].count("\n") + 1

    return change
