"""A data file with a slip is refused, with its line."""

import pytest

from bot.triage.documents import read
from bot.triage.errors import DataError


def written(tmp_path, text):
    path = tmp_path / "tiers.yml"
    path.write_text(text, "utf-8")
    return path


def test_a_key_that_stands_twice_is_refused_with_its_line(tmp_path):
    path = written(tmp_path, "signs:\n  fever: {tier: urgent}\n  rash: {}\n  fever: {tier: none}\n")
    with pytest.raises(DataError, match=r"tiers\.yml:4: `fever` is given twice"):
        read(path)


def test_the_same_key_in_two_entries_of_a_list_is_fine(tmp_path):
    assert read(written(tmp_path, "- id: a\n- id: b\n")).data == [{"id": "a"}, {"id": "b"}]


def test_what_is_no_yaml_is_refused_with_its_line(tmp_path):
    with pytest.raises(DataError, match=r"tiers\.yml:2: is no YAML"):
        read(written(tmp_path, "signs: {}\n : [\n"))


def test_an_empty_file_is_refused(tmp_path):
    with pytest.raises(DataError, match="is empty"):
        read(written(tmp_path, ""))
