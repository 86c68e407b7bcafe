"""A tiny bench against the real processes: it works, whatever the times are."""

import json
import os
import subprocess
import sys

import pytest

from bot.settings import ROOT

ROWS = ("alone", "twenty", "memory", "red_flags")


@pytest.fixture(scope="module")
def results(model, tmp_path_factory):
    path = tmp_path_factory.mktemp("bench") / "results.json"
    subprocess.run(
        [sys.executable, "-m", "bench", "--quick", "--only", *ROWS, "--json", str(path)],
        cwd=ROOT,
        env={**os.environ, "MODELS": str(model.parent)},
        check=True,
        timeout=540,
    )
    return json.loads(path.read_text())


def lines(results, row):
    found = next(one for one in results["rows"] if one["name"] == row)
    return {line["label"]: line["product"] for line in found["lines"]}


@pytest.mark.processes
@pytest.mark.model
def test_every_patient_is_answered_and_every_red_flag_reaches_the_console(results):
    for row in ("alone", "twenty"):
        assert lines(results, row)["messages without an answer"] == 0
    twenty = lines(results, "twenty")
    assert twenty["messages a second"] > 0
    assert twenty["of these dialogue"] > 0
    flags = lines(results, "red_flags")
    for state in ("idle", "saturated", "dead"):
        assert flags[f"Rasa {state}: red flags posted"] > 0
        assert (
            flags[f"Rasa {state}: of these seen in the console"]
            == flags[f"Rasa {state}: red flags posted"]
        )


@pytest.mark.processes
@pytest.mark.model
def test_results_say_what_they_were_measured_on(results):
    machine = results["machine"]
    assert machine["cores"] == os.cpu_count()
    assert machine["versions"]["rasa"] == "3.6.21"
    assert machine["commit"]
    memory = lines(results, "memory")
    assert memory["product: web"] > 0
    assert memory["all processes"] >= memory["web process, the largest"] * 0.5
